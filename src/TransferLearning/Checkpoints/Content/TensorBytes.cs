namespace TransferLearning;

/// <summary>The bytes of tensors as the writers of checkpoints want them.</summary>
internal static class TensorBytes
{
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
}
