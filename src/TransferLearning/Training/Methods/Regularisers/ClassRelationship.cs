namespace TransferLearning;

/// <summary>How new classes relate to those of a source (You et al., "Co-Tuning for Transfer Learning", 2020): for each the mean of the
/// source's probabilities over its samples, the direct estimate. It owns the sums.</summary>
/// <param name="classes">The number of new classes.</param>
internal sealed class ClassRelationship(int classes) : IDisposable
{
    private Tensor? _sums;
    private Tensor? _counts;

    /// <summary>Takes some samples in.</summary>
    /// <param name="probabilities">The source's, [N, source classes].</param>
    /// <param name="labels">The new classes, [N] int64.</param>
    public void Add(Tensor probabilities, Tensor labels)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        _sums ??= zeros([classes, probabilities.size(1)], ScalarType.Float64).DetachFromDisposeScope();
        _counts ??= zeros([classes], ScalarType.Float64).DetachFromDisposeScope();
        _sums.index_add_(0, labels, probabilities.to(ScalarType.Float64), Scalars.One);
        _counts.index_add_(0, labels, ones([labels.size(0)], ScalarType.Float64), Scalars.One);
    }

    /// <summary>The rows, [classes, source classes] in float32; the caller disposes them.</summary>
    /// <param name="nameOf">What a class is called.</param>
    /// <exception cref="ArgumentException">A class has no sample.</exception>
    public Tensor Rows(Func<int, string> nameOf)
    {
        using Tensor rows = Exact(nameOf);
        return rows.to(ScalarType.Float32);
    }

    /// <summary>The rows in float64; the caller disposes them.</summary>
    public Tensor Exact(Func<int, string> nameOf)
    {
        double[] counts = _counts is null ? [] : [.. _counts.data<double>()];
        if (counts.Length == 0 || Array.IndexOf(counts, 0) >= 0)
        {
            throw new ArgumentException(
                counts.Length == 0
                    ? "There is no readable sample, so new classes cannot be related to those of the source."
                    : $"The class '{nameOf(Array.IndexOf(counts, 0))}' has no sample, so it cannot be related to those of the source: "
                        + "leave it out, or train without Co-Tuning.");
        }

        using Tensor column = _counts!.unsqueeze(1);
        return _sums!.div(column);
    }

    public void Dispose()
    {
        _sums?.Dispose();
        _counts?.Dispose();
    }
}
