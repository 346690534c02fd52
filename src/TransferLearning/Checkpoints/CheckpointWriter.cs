namespace TransferLearning;

/// <summary>Writes named tensors to a file, whole or not at all.</summary>
internal static class CheckpointWriter
{
    public static void Save(
        string path, IReadOnlyList<TensorEntry> entries, CheckpointFormat? format, IReadOnlyDictionary<string, string> metadata)
    {
        LibTorch.Load();
        Action<Stream> write = (format ?? ByName(path)) switch
        {
            CheckpointFormat.SafeTensors => stream => SafeTensorsWriter.Write(stream, entries, metadata),
            CheckpointFormat.TorchZip => stream => TorchZipWriter.Write(stream, entries),
            _ => throw new ArgumentOutOfRangeException(nameof(format)),
        };
        AtomicFile.Write(path, write);
    }

    /// <summary>The elements of an entry in a row on the CPU: the tensor itself where it is so, else a copy.</summary>
    public static Tensor Contiguous(TensorEntry entry)
    {
        using IDisposable scope = NewDisposeScope();
        using IDisposable noGradient = no_grad();
        Tensor tensor = entry.View.InMemory is { } source ? source.detach().cpu().contiguous() : entry.View.Read();
        return tensor.view(-1).MoveToOuterDisposeScope();
    }

    /// <summary>Hands on the bytes of a flat tensor in pieces: a span holds less than 2 GiB.</summary>
    public static void ForEachPiece<TState>(Tensor flat, TState state, ReadOnlySpanAction<byte, TState> action)
    {
        long step = (1L << 30) / flat.ElementSize;
        for (long start = 0; start < flat.NumberOfElements; start += step)
        {
            using Tensor piece = flat.narrow(0, start, Math.Min(step, flat.NumberOfElements - start));
            action(piece.bytes, state);
        }
    }

    private static CheckpointFormat ByName(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".safetensors" => CheckpointFormat.SafeTensors,
        ".pth" or ".pt" or ".th" or ".bin" or ".ckpt" => CheckpointFormat.TorchZip,
        var other => throw new ArgumentException(
            $"The extension '{other}' of '{path}' names no form. Use .safetensors or .pth, or name a CheckpointFormat.", nameof(path)),
    };
}
