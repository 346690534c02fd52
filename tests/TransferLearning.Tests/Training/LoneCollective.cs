namespace TransferLearning.Tests;

/// <summary>The first of two processes, of which the other never has anything to add: what the first learns of its own batches.</summary>
internal sealed class LoneCollective : ICollective
{
    public int Rank => 0;

    public int Size => 2;

    public void AllReduce(Span<float> values)
    {
        // The other adds 0.
    }

    public void AllReduce(Span<double> values)
    {
        // The other adds 0.
    }

    public void AllReduce(Span<long> values)
    {
        // The other adds 0.
    }

    // The other has the same: that is what processes compare.
    public void AllGather(ReadOnlySpan<byte> own, Span<byte> all)
    {
        own.CopyTo(all);
        own.CopyTo(all[own.Length..]);
    }

    // The other sends zeros.
    public void AllToAll(ReadOnlySpan<byte> parts, Span<byte> received)
    {
        received.Clear();
        parts[..(parts.Length / 2)].CopyTo(received);
    }

    public void Broadcast(Span<byte> bytes, int root)
    {
        // They are the first one's already.
    }

    public void Barrier()
    {
        // Nobody is waited for.
    }

    public void Abort(int code) => throw new InvalidOperationException();
}
