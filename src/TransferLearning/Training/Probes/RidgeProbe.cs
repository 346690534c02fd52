namespace TransferLearning;

/// <summary>
/// Ridge regression in closed form (Hoerl and Kennard, 1970): minimises the sum of squared errors + alpha |W|²; the bias is not penalised.
/// For regression the targets are the numbers; for classes and labels they are +1 and -1, so the largest output is the class, but the
/// outputs are no log-probabilities: <see cref="LogisticProbe"/> gives those.
/// </summary>
public sealed record RidgeProbe : LinearProbe
{
    /// <summary>
    /// The penalty: larger keeps the weights smaller. Default: null, the one of <see cref="Candidates"/> with the smallest squared error on
    /// each sample when all others are fitted (leave-one-out, in closed form).
    /// </summary>
    public double? Alpha { get; init; }

    /// <summary>The values of alpha that are compared. Default: the half powers of ten from 1e-2 to 1e6.</summary>
    public IReadOnlyList<double> Candidates { get; init; } = [.. Enumerable.Range(-4, 17).Select(half => Math.Pow(10, half / 2.0))];

    /// <inheritdoc/>
    internal override void CheckFor(LearningTask task)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Alpha ?? 1, nameof(Alpha));
        if (Candidates is null or [] || !Candidates.All(candidate => candidate > 0 && double.IsFinite(candidate)))
        {
            throw new ArgumentException($"{nameof(Candidates)} needs at least one value, all above 0 and finite.");
        }

        if (task is not (Classification or MultiLabelClassification or Regression))
        {
            throw new ArgumentException(
                $"{nameof(RidgeProbe)} fits classes, labels and numbers; this model is for {task.Name}: probe with an optimizer.");
        }
    }

    /// <inheritdoc/>
    private protected override bool IsSolvedOnPrincipalAxes(Tensor features) => true;

    /// <inheritdoc/>
    private protected override LinearFit Solve(
        Tensor features, Tensor squares, Tensor targets, LearningTask task, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Tensor truth = (targets.dim() == 1 ? nn.functional.one_hot(targets, task.Head.Outputs) : targets).to(ScalarType.Float64);
        truth = task is Regression ? truth : truth.Multiply(2.0).Subtract(1.0);
        Tensor mean = truth.mean([0], keepdim: true);
        Tensor centred = truth.sub(mean);
        Tensor projected = features.t().mm(centred); // [rank, outputs]
        List<ProbeCandidate> tried = Alpha is null ? [.. Candidates.Select(LeftOut)] : [];
        double chosen = Alpha ?? tried.MinBy(candidate => candidate.Loss)!.Strength;
        Tensor weight = Weight(chosen);
        double error = centred.sub(features.mm(weight)).Square().sum().item<double>();
        double objective = error + (chosen * weight.Square().sum().item<double>());
        return new LinearFit(weight.t(), mean.squeeze(0), chosen, objective, 0, true, tried);

        Tensor Weight(double alpha) => projected.div(squares.Add(alpha).unsqueeze(1));

        // What each sample would be given by a fit to all others, from the one fit to all (Allen's PRESS, 1974).
        ProbeCandidate LeftOut(double alpha)
        {
            using TorchSharp.DisposeScope scope = NewDisposeScope();
            Tensor leverage = features.Square().mv(squares.Add(alpha).reciprocal()).Add(1.0 / truth.size(0));
            Tensor errors = centred.sub(features.mm(Weight(alpha))).div(leverage.neg().Add(1.0).unsqueeze(1));
            Tensor outputs = truth.sub(errors);
            Tensor? correct = task switch
            {
                Classification => outputs.argmax(1).eq(targets),
                MultiLabelClassification => outputs.sign().eq(truth).all(1),
                _ => null,
            };
            return new ProbeCandidate(
                alpha,
                errors.Square().sum(1).mean().item<double>(),
                correct?.to(ScalarType.Float64).mean().item<double>());
        }
    }
}
