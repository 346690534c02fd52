namespace TransferLearning.Layers;

/// <summary>A copy of a linear layer's weight in bfloat16, or in whole numbers of 8 bits with a scale for each output. What it multiplies
/// stays float32. It belongs to the dispose scope in which it is made.</summary>
internal sealed class NarrowWeight : IDisposable
{
    private readonly Tensor _numbers; // [outputs and perhaps some rows of zeros, inputs]
    private readonly Tensor? _scales;
    private readonly int _outputs;

    /// <summary>Makes a copy.</summary>
    /// <param name="weight">[outputs, inputs] float32 on the CPU, in any layout; <see cref="Suits"/>.</param>
    /// <param name="precision">BFloat16 or Int8.</param>
    public NarrowWeight(Tensor weight, Precision precision)
    {
        using DisposeScope scope = NewDisposeScope();
        _outputs = (int)weight.size(0);
        long missing = NarrowProduct.Multiple(_outputs) - _outputs;
        (Tensor numbers, Tensor? scales) = precision == Precision.Int8
            ? WholeNumbers.OfRows(weight, ones(_outputs))
            : (weight.to(bfloat16).contiguous(), null);
        numbers = missing == 0 ? numbers : cat([numbers, zeros([missing, weight.size(1)], numbers.dtype)]);
        (_numbers, _scales) = (numbers.MoveToOuterDisposeScope(), scales?.MoveToOuterDisposeScope());
    }

    /// <summary>What it takes.</summary>
    public long Bytes => _numbers.numel() * _numbers.element_size();

    /// <summary>Whether there can be a copy of a weight.</summary>
    public static bool Suits(Tensor weight)
        => weight.dim() == 2 && weight.size(1) % NarrowProduct.Inputs == 0 && weight.size(0) <= int.MaxValue - NarrowProduct.Outputs
            && weight.dtype == ScalarType.Float32 && weight.device_type == DeviceType.CPU;

    /// <summary>Takes it out of its dispose scope; whoever does so disposes it.</summary>
    public NarrowWeight Keep()
    {
        _numbers.DetachFromDisposeScope();
        _scales?.DetachFromDisposeScope();
        return this;
    }

    /// <summary>x W + b, a new tensor.</summary>
    /// <param name="input">[…, inputs] float32 on the CPU, not empty.</param>
    /// <param name="bias">[outputs] float32, or null.</param>
    public Tensor Multiply(Tensor input, Tensor? bias)
    {
        using Tensor rows = input.contiguous();
        using Tensor? added = bias?.contiguous();
        Tensor result = empty([.. input.shape[..^1], _outputs]);
        long inputs = _numbers.size(1);
        NarrowProduct.Compute(
            MemoryLayout.Start(rows),
            (int)(rows.numel() / inputs),
            MemoryLayout.Start(_numbers),
            _scales is null ? 0 : MemoryLayout.Start(_scales),
            added is null ? 0 : MemoryLayout.Start(added),
            MemoryLayout.Start(result),
            (int)inputs,
            _outputs);
        return result;
    }

    public void Dispose()
    {
        _numbers.Dispose();
        _scales?.Dispose();
    }
}
