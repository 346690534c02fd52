namespace TransferLearning;

/// <summary>
/// One batch whose examples are written straight to their place: a tensor, and a plain pointer through which several threads write rows at
/// once.
/// </summary>
internal sealed unsafe class StackedSlot : BatchSlot
{
    private readonly StackedPreprocessor _preprocessor;
    private readonly IDataCollator _collator;
    private readonly int _rowLength;
    private readonly float* _rows;
    private readonly Example[] _examples;
    private readonly torch.Tensor _values;

    /// <summary>Makes the tensor, outside every dispose scope of the calling thread.</summary>
    /// <param name="indices">Which samples.</param>
    /// <param name="preprocessor">Writes the rows.</param>
    /// <param name="collator">Makes the targets.</param>
    /// <param name="rowLength">The product of the shape of one example.</param>
    /// <param name="pinned">Whether to take page-locked memory.</param>
    public StackedSlot(int[] indices, StackedPreprocessor preprocessor, IDataCollator collator, int rowLength, bool pinned) : base(indices)
    {
        (_preprocessor, _collator, _rowLength) = (preprocessor, collator, rowLength);
        _examples = new Example[indices.Length];
        _values = Allocate([indices.Length, .. preprocessor.Shape], pinned);

        // LibTorch's memory never moves, so the pointer stays good for as long as the tensor lives.
        fixed (byte* bytes = _values.bytes)
        {
            _rows = (float*)bytes;
        }
    }

    public override void Fill(int row, Sample sample, ref SeededRandom random)
    {
        _examples[row] = new StackedExample(_preprocessor.Apply(sample, ref random, Row(row)));
        if (!FiniteElements.AreAll(Row(row)))
        {
            throw new InvalidDataException(
                $"The preprocessor ({_preprocessor.GetType().Name}) makes NaN or infinity of '{sample.Name}'. Correct it, or leave the "
                    + "sample out.");
        }
    }

    public override IEnumerable<Batch> ToBatches() => FilledRows is { Length: > 0 } kept ? [ToBatch(kept)] : [];
    public override void Dispose() => _values.Dispose();

    private Span<float> Row(int row) => new(_rows + ((long)row * _rowLength), _rowLength);

    private Batch ToBatch(int[] kept)
    {
        for (int row = 0; row < kept.Length; row++)
        {
            if (kept[row] != row)
            {
                Row(kept[row]).CopyTo(Row(row));
            }
        }

        // A handle of the batch's own, so that this slot may be disposed in any case.
        ModelInput input = _preprocessor.ToInput(_values.narrow(0, 0, kept.Length).DetachFromDisposeScope());
        try
        {
            Example[] examples = Array.ConvertAll(kept, row => _examples[row]);
            return new Batch(input, _collator.CollateTargets(examples, input), examples, Array.ConvertAll(kept, row => Indices[row]))
            { Number = FirstNumber };
        }
        catch
        {
            input.Dispose();
            throw;
        }
    }

    private static torch.Tensor Allocate(long[] shape, bool pinned)
    {
        torch.Tensor plain = torch.empty(shape, torch.float32, torch.CPU);
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
