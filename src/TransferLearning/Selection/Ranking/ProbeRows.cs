namespace TransferLearning;

/// <summary>Features of samples and their classes, numbered without gaps. The tensors belong to whoever made them.</summary>
/// <param name="Features">[N, width] float32.</param>
/// <param name="Labels">[N] int64; -1 for a class that the training samples do not have.</param>
/// <param name="ClassCount">How many classes there are.</param>
internal sealed record ProbeRows(Tensor Features, Tensor Labels, int ClassCount)
{
    /// <summary>The labels as an array.</summary>
    public long[] Classes { get; } = [.. Labels.data<long>()];

    /// <summary>Some rows, in this order; they join the caller's dispose scope.</summary>
    public ProbeRows Some(int[] rows)
    {
        Tensor chosen = tensor(Array.ConvertAll(rows, row => (long)row));
        return new ProbeRows(Features.index_select(0, chosen), Labels.index_select(0, chosen), ClassCount);
    }

    /// <summary>The share of rows that a linear layer puts into the right class.</summary>
    public double Accuracy(LinearFit fit)
    {
        using DisposeScope scope = NewDisposeScope();
        return Accuracy(Features.to(ScalarType.Float64).mm(fit.Weight.t()).Add(fit.Bias).argmax(1));
    }

    /// <summary>The share of rows whose class was predicted.</summary>
    public double Accuracy(Tensor predicted)
    {
        using DisposeScope scope = NewDisposeScope();
        return predicted.eq(Labels).to(ScalarType.Float64).mean().item<double>();
    }
}
