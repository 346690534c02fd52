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

    private static CheckpointFormat ByName(string path) => Path.GetExtension(path).ToLowerInvariant() switch
    {
        ".safetensors" => CheckpointFormat.SafeTensors,
        ".pth" or ".pt" or ".th" or ".bin" or ".ckpt" => CheckpointFormat.TorchZip,
        var other => throw new ArgumentException(
            $"The extension '{other}' of '{path}' names no form. Use .safetensors or .pth, or name a CheckpointFormat.", nameof(path)),
    };
}
