namespace TransferLearning;

/// <summary>
/// A linear head that is fitted to the features of a frozen backbone by solving a convex problem, not by steps of gradient descent: no
/// learning rate, no epochs, no draws. Hand it to <see cref="TransferModel.Probe(Dataset, LinearProbe, FeatureOptions?, IProgress{int}?,
/// CancellationToken)"/>.
/// </summary>
public abstract record LinearProbe
{
    private protected LinearProbe()
    {
    }

    /// <summary>
    /// Whether each feature is brought to mean 0 and deviation 1 before the fit, so that the penalty treats all alike; the head that comes
    /// out takes features as they are. Default: true.
    /// </summary>
    public bool Standardize { get; init; } = true;

    /// <summary>Refuses a task that this cannot fit.</summary>
    /// <exception cref="ArgumentException">It fits no such task, or a value is out of range.</exception>
    internal abstract void CheckFor(LearningTask task);

    /// <summary>Whether turning features to their principal axes costs less than it saves.</summary>
    /// <param name="features">[N, width].</param>
    private protected abstract bool IsSolvedOnPrincipalAxes(Tensor features);

    /// <summary>Fits to features with the mean 0, on their principal axes where that is wanted, where columns are orthogonal.</summary>
    /// <param name="features">[N, rank] float64.</param>
    /// <param name="squares">[rank], the squared norms of the columns.</param>
    /// <param name="targets">What the task makes of the targets: [N] int64 class numbers, or [N, outputs] float32.</param>
    /// <param name="task">The task; its head says how many outputs there are.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    private protected abstract LinearFit Solve(
        Tensor features, Tensor squares, Tensor targets, LearningTask task, CancellationToken cancellationToken);

    /// <summary>Fits weights to features. The caller disposes the result.</summary>
    /// <param name="features">[N, width].</param>
    /// <param name="targets">What the task makes of the targets.</param>
    /// <param name="task">The task.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    internal LinearFit Fit(Tensor features, Tensor targets, LearningTask task, CancellationToken cancellationToken = default)
    {
        using IDisposable guard = no_grad();
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        Tensor x = features.to(ScalarType.Float64);

        // The bias is not penalised, so taking the mean away changes nothing but how fast solvers are.
        Tensor mean = x.mean([0], keepdim: true);
        x = x.sub(mean);
        Tensor? deviation = null;
        if (Standardize)
        {
            deviation = x.Square().mean([0], keepdim: true).sqrt();
            deviation = where(deviation.gt(Scalars.Zero), deviation, ones_like(deviation)); // a constant feature stays 0
            x = x.div_(deviation);
        }

        // |W| is the same in every orthogonal basis, and in that of the principal axes the problem is well conditioned.
        (Tensor rotated, Tensor? axes, Tensor squares) = IsSolvedOnPrincipalAxes(x) ? PrincipalAxes(x) : (x, null, x.Square().sum([0]));
        LinearFit fit = Solve(rotated, squares, targets, task, cancellationToken);
        Tensor weight = axes is null ? fit.Weight : fit.Weight.mm(axes.t());
        weight = deviation is null ? weight : weight.div(deviation);
        return (fit with { Weight = weight, Bias = fit.Bias.sub(weight.mul(mean).sum(1)) }).MoveToOuterDisposeScope();
    }

    private static (Tensor Rotated, Tensor? Axes, Tensor Squares) PrincipalAxes(Tensor x)
    {
        if (x.size(0) > x.size(1))
        {
            (Tensor squares, Tensor axes) = linalg.eigh(x.t().mm(x));
            return (x.mm(axes), axes, squares.ClampMin(0));
        }

        (Tensor left, Tensor singular, Tensor right) = linalg.svd(x, fullMatrices: false);
        return (left.mul(singular), right.t(), singular.Square());
    }
}
