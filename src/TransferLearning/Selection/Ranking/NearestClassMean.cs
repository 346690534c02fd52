namespace TransferLearning;

/// <summary>The simplest classifier on features: a sample is of the class whose mean it is nearest to. Owns its tensor.</summary>
public sealed class NearestClassMean : IDisposable
{
    private readonly Tensor _labels;

    private NearestClassMean(Tensor means, Tensor labels) => (Means, _labels) = (means, labels);

    /// <summary>[classes, width] float64, for the labels that occur, in their order.</summary>
    public Tensor Means { get; }

    /// <summary>Computes the means.</summary>
    /// <param name="features">[N, width].</param>
    /// <param name="labels">[N] integers.</param>
    /// <returns>The classifier; the caller disposes it.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit together, or a number is NaN or infinite.</exception>
    public static NearestClassMean Fit(Tensor features, Tensor labels)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor means = LabelledRows.Of(features, labels).Means;
        (Tensor occurring, _, _) = labels.cpu().to(ScalarType.Int64).unique(sorted: true);
        return new NearestClassMean(means.DetachFromDisposeScope(), occurring.DetachFromDisposeScope());
    }

    /// <summary>Predicts labels.</summary>
    /// <param name="features">[N, width].</param>
    /// <param name="byCosine">Whether the angle counts instead of the distance; the means are not those of rows of length 1.</param>
    /// <returns>[N] int64 labels, the lowest one where two are equally near. Joins the caller's dispose scope.</returns>
    public Tensor Predict(Tensor features, bool byCosine = false)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor rows = LabelledRows.Matrix(features, nameof(features));
        Tensor nearness = byCosine
            ? UnitRows.Of(rows).mm(UnitRows.Of(Means).t())
            : stack([.. Enumerable.Range(0, (int)Means.size(0)).Select(number => Distances(rows, number).neg())], 1);
        return _labels.index_select(0, nearness.argmax(1)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Means.Dispose();
        _labels.Dispose();
    }

    private Tensor Distances(Tensor rows, int number)
    {
        using DisposeScope scope = NewDisposeScope();
        return rows.sub(Means[number]).Square().sum(1).MoveToOuterDisposeScope();
    }
}
