namespace TransferLearning;

/// <summary>
/// Multinomial logistic regression fitted to convergence: minimises |W|²/2 + C times the sum of the samples' cross entropies over weights W
/// and biases, which are not penalised. That is scikit-learn's <c>LogisticRegression(C)</c>, for two classes too; for several labels the
/// cross entropies are those of each label alone.
/// </summary>
public sealed record LogisticProbe : LinearProbe
{
    private const double ToleranceOfComparison = 1e-2;
    private const int MostWorse = 2;

    /// <summary>
    /// The inverse of the penalty: larger fits the training samples more closely. Default: null, the one of <see cref="Candidates"/> with
    /// the smallest cross entropy in cross-validation.
    /// </summary>
    public double? C { get; init; }

    /// <summary>The values of C that cross-validation compares, from the smallest on, until the loss has risen twice in a row. Default: the
    /// powers of ten from 1e-5 to 1e3.</summary>
    public IReadOnlyList<double> Candidates { get; init; } = [.. Enumerable.Range(-5, 9).Select(power => Math.Pow(10, power))];

    /// <summary>In how many parts cross-validation divides the samples, each class evenly. Default: 5.</summary>
    public int Folds { get; init; } = 5;

    /// <summary>What fixes how samples are divided. Default: 0.</summary>
    public long Seed { get; init; }

    /// <summary>
    /// The norm of the gradient at which the fit ends, in units of the objective's square root, at least 1. The objective is then above its
    /// minimum by no more than tolerance²/2 of itself: 5e-11 by default. Default: 1e-5.
    /// </summary>
    public double Tolerance { get; init; } = 1e-5;

    /// <summary>The limit of steps of one fit. Default: 2000.</summary>
    public int MaximumIterations { get; init; } = 2000;

    /// <inheritdoc/>
    internal override void CheckFor(LearningTask task)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(C ?? 1, nameof(C));
        ArgumentOutOfRangeException.ThrowIfLessThan(Folds, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Tolerance);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MaximumIterations);
        if (Candidates is null or [] || !Candidates.All(candidate => candidate > 0 && double.IsFinite(candidate)))
        {
            throw new ArgumentException($"{nameof(Candidates)} needs at least one value, all above 0 and finite.");
        }

        if (task is not (Classification or MultiLabelClassification))
        {
            throw new ArgumentException(
                $"{nameof(LogisticProbe)} fits classes and labels; this model is for {task.Name}. "
                    + $"{(task is Regression ? nameof(RidgeProbe) : "Probe with an optimizer")} fits it.");
        }
    }

    /// <summary>
    /// What fits that have not seen a sample say of it: each of <see cref="Folds"/> parts is predicted by a fit to all others. That is what
    /// confident learning and core sets take.
    /// </summary>
    /// <param name="features">The features and labels of the samples.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>[samples, classes] probabilities, 0 for classes without samples; and whether each sample was held out: the only one of its
    /// class was not.</returns>
    /// <exception cref="ArgumentException">Fewer than two classes have samples, or too few to divide.</exception>
    public (double[,] Probabilities, bool[] WasHeldOut) OutOfFold(FeatureSet features, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(features);
        int[] labels = [.. features.Labels.data<long>().Select(label => (int)label)];
        return OutOfFold(features.Features, labels, features.ClassNames.Count, cancellationToken);
    }

    /// <summary>The same for features and labels of any origin.</summary>
    /// <param name="features">[N, width].</param>
    /// <param name="labels">The class of each sample.</param>
    /// <param name="classes">The number of classes; those without samples get the probability 0.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>[N, classes], and whether each sample was held out: the only one of its class was not.</returns>
    /// <exception cref="ArgumentException">Fewer than two classes have samples, or too few to divide.</exception>
    internal (double[,] Probabilities, bool[] WasHeldOut) OutOfFold(
        Tensor features, IReadOnlyList<int> labels, int classes, CancellationToken cancellationToken)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        int[] present = [.. labels.Distinct().Order()];
        Classification task = present.Length > 1
            ? new Classification(present.Length)
            : throw new ArgumentException($"Expected samples of at least two classes, found {present.Length}.", nameof(labels));
        CheckFor(task);
        Dictionary<int, long> numbers = present.Select((label, i) => (label, i)).ToDictionary(pair => pair.label, pair => (long)pair.i);
        Tensor targets = tensor([.. labels.Select(label => numbers[label])]);
        LogisticProbe fixedProbe = this;
        if (C is null)
        {
            using LinearFit whole = Fit(features, targets, task, cancellationToken);
            fixedProbe = this with { C = whole.Strength };
        }

        int[] fold = StratifiedFolds.Of([.. targets.data<long>()], Folds, Seed);
        double[,] all = new double[labels.Count, classes];
        foreach (int part in fold.Append(-1).Distinct())
        {
            using DisposeScope inner = NewDisposeScope();
            int[] held = [.. Enumerable.Range(0, fold.Length).Where(sample => fold[sample] == part)];
            if (held.Length == 0)
            {
                continue;
            }

            Tensor others = Places(sample => fold[sample] != part || part < 0);
            using LinearFit fit = fixedProbe.Fit(
                features.index_select(0, others), targets.index_select(0, others), task, cancellationToken);
            Tensor logits = addmm(
                fit.Bias, features.index_select(0, Places(sample => fold[sample] == part)).to(ScalarType.Float64), fit.Weight.t(), 1, 1);
            double[] rows = [.. logits.softmax(1).contiguous().data<double>()];
            for (int i = 0; i < rows.Length; i++)
            {
                all[held[i / present.Length], present[i % present.Length]] = rows[i];
            }
        }

        return (all, Array.ConvertAll(fold, part => part >= 0));

        Tensor Places(Func<int, bool> isChosen)
            => tensor([.. Enumerable.Range(0, fold.Length).Where(isChosen).Select(sample => (long)sample)]);
    }

    // One fit to few samples is done before the axes would be found.
    /// <inheritdoc/>
    private protected override bool IsSolvedOnPrincipalAxes(Tensor features) => C is null || features.size(0) > features.size(1);

    /// <inheritdoc/>
    private protected override LinearFit Solve(
        Tensor features, Tensor squares, Tensor targets, LearningTask task, CancellationToken cancellationToken)
    {
        int outputs = task.Head.Outputs;
        RequireEveryClass(targets, outputs);
        IReadOnlyList<ProbeCandidate> tried = C is null ? Compare(features, targets, outputs, cancellationToken) : [];
        double chosen = C ?? tried.MinBy(candidate => candidate.Loss)!.Strength;
        LogisticLoss loss = new(features, squares, targets, outputs);
        Tensor start = loss.Start;
        (Tensor point, double value, int steps, bool hasConverged) = LimitedMemoryBfgs.Minimize(
            at => loss.At(at, chosen), start, loss.InverseCurvature(chosen, start), Tolerance, MaximumIterations, cancellationToken);
        (Tensor weight, Tensor bias) = loss.Split(point);
        return new LinearFit(weight, bias, chosen, value, steps, hasConverged, tried);
    }

    // Without one sample of a class its unpenalised bias would have no smallest value.
    private static void RequireEveryClass(Tensor targets, int outputs)
    {
        if (targets.dim() == 1)
        {
            using Tensor counts = targets.bincount(null, outputs);
            long[] each = [.. counts.data<long>()];
            int missing = Array.IndexOf(each, 0);
            if (missing >= 0)
            {
                throw new ArgumentException(
                    $"No readable sample has the class number {missing}, and {nameof(LogisticProbe)} needs one of each class: leave "
                        + "the class out with ReplaceHead, or probe with an optimizer.");
            }

            return;
        }

        using Tensor sums = targets.sum([0]);
        float[] held = [.. sums.data<float>()];
        int constant = Array.FindIndex(held, sum => sum == 0 || sum == targets.size(0));
        if (constant >= 0)
        {
            throw new ArgumentException(
                $"The label number {constant} holds for {(held[constant] == 0 ? "no sample" : "every sample")}, and "
                    + $"{nameof(LogisticProbe)} needs samples with and without each: leave the label out, or probe with an optimizer.");
        }
    }

    private List<ProbeCandidate> Compare(
        Tensor features, Tensor targets, int outputs, CancellationToken cancellationToken)
    {
        // Half the digits are plenty to choose among powers of ten, in half the time.
        using DisposeScope scope = NewDisposeScope();
        Tensor single = features.to(ScalarType.Float32);
        long[] classes = targets.dim() == 1 ? [.. targets.data<long>()] : new long[targets.size(0)];
        int[] fold = StratifiedFolds.Of(classes, Folds, Seed);
        double[] strengths = [.. Candidates.Order()];
        (LogisticLoss Fitted, LogisticLoss Held, Tensor Point)[] parts =
        [
            .. Enumerable.Range(0, Folds)
                .Where(part => fold.Contains(part))
                .Select(part =>
                {
                    LogisticLoss fitted = Rows(i => fold[i] != part);
                    return (fitted, Rows(i => fold[i] == part), fitted.Start);
                }),
        ];
        if (parts.Length < 2)
        {
            throw new ArgumentException(
                $"There are too few samples of each class ({fold.Length} in all) to choose {nameof(C)} by cross-validation: set it.");
        }

        List<ProbeCandidate> tried = [];
        int worse = 0;
        foreach (double strength in strengths.TakeWhile(_ => worse < MostWorse))
        {
            double sum = 0;
            long correct = 0, count = 0;
            for (int i = 0; i < parts.Length; i++)
            {
                (LogisticLoss fitted, LogisticLoss held, Tensor start) = parts[i];
                Tensor point = LimitedMemoryBfgs.Minimize(
                    at => fitted.At(at, strength),
                    start,
                    fitted.InverseCurvature(strength, start),
                    ToleranceOfComparison,
                    MaximumIterations,
                    cancellationToken).Point;
                parts[i].Point = point; // where the next, weaker penalty begins
                (double loss, long right) = held.Score(point);
                (sum, correct, count) = (sum + loss, correct + right, count + held.Count);
            }

            double best = tried.Count == 0 ? double.PositiveInfinity : tried.Min(candidate => candidate.Loss);
            tried.Add(new ProbeCandidate(strength, sum / count, (double)correct / count));
            worse = tried[^1].Loss < best ? 0 : worse + 1;
        }

        return tried;

        LogisticLoss Rows(Func<int, bool> isChosen)
        {
            Tensor chosen = tensor([.. Enumerable.Range(0, fold.Length).Where(isChosen).Select(row => (long)row)]);
            Tensor part = single.index_select(0, chosen);
            return new LogisticLoss(part, part.Square().sum([0]), targets.index_select(0, chosen), outputs);
        }
    }
}
