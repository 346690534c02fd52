namespace TransferLearning;

/// <summary>
/// The class whose mean is nearest, as a linear head: for a few samples of each class, at the cost of one pass over them (Mensink et al.,
/// 2013; the prototypes of Snell et al., 2017). Output k is 2 x·m - |m|² of the class mean m, which is minus the squared distance but for
/// what is the same for all classes.
/// </summary>
/// <remarks>Probabilities are those of prototypical networks and mostly too sure: <c>model.Calibrate(validation)</c> scales them.</remarks>
public sealed record NearestMeanProbe : LinearProbe
{
    /// <summary>Creates the probe; features are not standardised unless <see cref="LinearProbe.Standardize"/> is set.</summary>
    public NearestMeanProbe() => Standardize = false;

    /// <summary>Whether angles are compared in place of distances: the mean of all samples is taken away and each sample and each class
    /// mean has the length 1 (Wang et al., "SimpleShot", 2019). Output k is then the length of the sample times the cosine, so the class is
    /// that of the cosine, and the probabilities depend on the length too. Default: false.</summary>
    public bool Cosine { get; init; }

    /// <inheritdoc/>
    internal override void CheckFor(LearningTask task)
    {
        if (task is not Classification)
        {
            throw new ArgumentException(
                $"{nameof(NearestMeanProbe)} fits one class for each sample; this model is for {task.Name}: use {nameof(RidgeProbe)}.");
        }
    }

    /// <inheritdoc/>
    private protected override bool IsSolvedOnPrincipalAxes(Tensor features) => false;

    /// <inheritdoc/>
    private protected override LinearFit Solve(
        Tensor features, Tensor squares, Tensor targets, LearningTask task, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Tensor rows = Cosine ? UnitRows.Of(features) : features;
        Tensor members = nn.functional.one_hot(targets, task.Head.Outputs).to(ScalarType.Float64).t(); // [classes, N]
        Tensor counts = members.sum([1], keepdim: true);
        double[] numbers = [.. counts.contiguous().data<double>()];
        if (numbers.Contains(0))
        {
            string[] missing = [.. ((Classification)task).ClassNames.Where((_, number) => numbers[number] == 0).Take(5)];
            throw new ArgumentException(
                $"There is no sample of '{string.Join("', '", missing)}' to take a mean of: give at least one, or replace the head by one "
                    + "without it.");
        }

        Tensor means = members.mm(rows).div(counts);
        means = Cosine ? UnitRows.Of(means) : means;
        double objective = rows.sub(means.index_select(0, targets)).Square().sum().item<double>();
        return Cosine
            ? new LinearFit(means, zeros([means.size(0)], ScalarType.Float64), 0, objective, 0, true, [])
            : new LinearFit(means.Multiply(2L), means.Square().sum(1).neg(), 0, objective, 0, true, []);
    }
}
