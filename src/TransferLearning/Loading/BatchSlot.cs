using TorchSharp;

namespace TransferLearning;

/// <summary>A batch that is being filled: its tensors, and a plain pointer through which several threads write rows at once.</summary>
internal sealed unsafe class BatchSlot : IDisposable
{
    private readonly int _rowLength;
    private readonly float* _rows;
    private torch.Tensor _inputs;

    /// <summary>Makes the tensors, outside every dispose scope of the calling thread.</summary>
    /// <param name="indices">Which samples.</param>
    /// <param name="labels">Their labels.</param>
    /// <param name="shape">The shape of one example.</param>
    /// <param name="rowLength">The product of the shape.</param>
    /// <param name="pinned">Whether to take page-locked memory.</param>
    public BatchSlot(int[] indices, long[] labels, IReadOnlyList<long> shape, int rowLength, bool pinned)
    {
        Indices = indices;
        Failures = new Exception?[indices.Length];
        Remaining = indices.Length;
        _rowLength = rowLength;
        _inputs = Allocate([indices.Length, .. shape], pinned);
        Labels = labels;

        // LibTorch's memory never moves, so the pointer stays good for as long as the tensor lives.
        fixed (byte* bytes = _inputs.bytes)
        {
            _rows = (float*)bytes;
        }
    }

    /// <summary>The number of the batch in its epoch.</summary>
    public int Number { get; init; }

    public int[] Indices { get; }

    public long[] Labels { get; }

    /// <summary>Why a row could not be filled; null for one that was.</summary>
    public Exception?[] Failures { get; }

    /// <summary>The next row that no thread has taken yet.</summary>
    public int NextRow { get; set; }

    /// <summary>How many rows are not yet finished.</summary>
    public int Remaining { get; set; }

    public Span<float> Row(int row) => new(_rows + ((long)row * _rowLength), _rowLength);

    /// <summary>Hands the tensors on, without the rows that failed; null if none is left. The slot is empty afterwards.</summary>
    public Batch? ToBatch()
    {
        int[] kept = [.. Enumerable.Range(0, Indices.Length).Where(row => Failures[row] is null)];
        if (kept.Length == 0)
        {
            Dispose();
            return null;
        }

        for (int row = 0; row < kept.Length; row++)
        {
            if (kept[row] != row)
            {
                Row(kept[row]).CopyTo(Row(row));
            }
        }

        if (kept.Length < Indices.Length)
        {
            using var whole = _inputs;
            _inputs = whole.narrow(0, 0, kept.Length).DetachFromDisposeScope();
        }

        var labels = torch.tensor(Array.ConvertAll(kept, row => Labels[row]), torch.int64).DetachFromDisposeScope();
        return new Batch(_inputs, labels, Array.ConvertAll(kept, row => Indices[row])) { Number = Number };
    }

    public void Dispose() => _inputs.Dispose();

    private static torch.Tensor Allocate(long[] shape, bool pinned)
    {
        var plain = torch.empty(shape, torch.float32, torch.CPU);
        if (!pinned)
        {
            return plain.DetachFromDisposeScope();
        }

        using (plain)
        {
            return plain.pin_memory().DetachFromDisposeScope();
        }
    }
}
