namespace TransferLearning;

/// <summary>A number for each sample; the loss is the mean squared error.</summary>
public sealed record Regression : LearningTask
{
    /// <inheritdoc/>
    public override string Name => "regression";

    /// <inheritdoc/>
    public override HeadSpec Head => new(HeadKind.Pooled, 1);

    /// <inheritdoc/>
    internal override LossTargets? Truth => LossTargets.Numbers;

    /// <inheritdoc/>
    public override void Check(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        if (dataset.Count > 0 && dataset.TargetOf(0) is not NumberTarget)
        {
            throw new ArgumentException(
                $"{dataset} has a {dataset.TargetOf(0).GetType().Name} for '{dataset.NameOf(0)}'; regression learns from "
                    + $"{nameof(NumberTarget)}.",
                nameof(dataset));
        }
    }

    /// <inheritdoc/>
    public override Tensor CollateTargets(IReadOnlyList<Example> examples, ModelInput input)
    {
        ArgumentNullException.ThrowIfNull(examples);
        return tensor([.. examples.Select(Number)], [examples.Count, 1]);
    }

    /// <inheritdoc/>
    public override StepLoss Compute(ForwardPass pass, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(batch);
        Tensor truth = pass.There(batch.Targets);
        (Tensor sum, Tensor outputs) = WithAuxiliary(
            pass, batch, predicted => Loss?.Compute(predicted, truth) ?? nn.functional.mse_loss(predicted, truth));
        return new StepLoss(sum, batch.Count, null, outputs) { Share = Loss?.Share(batch.Targets) ?? batch.Count };
    }

    /// <inheritdoc/>
    public override TaskMetric CreateMetric(Dataset dataset) => new Metric();

    /// <inheritdoc/>
    public override IReadOnlyList<SampleOutcome> Outcomes(Batch batch, Tensor outputs)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(outputs);
        float[] predicted = outputs.contiguous().data<float>().ToArray(), actual = batch.Targets.data<float>().ToArray();
        return [.. predicted.Zip(actual, (value, truth) => new SampleOutcome(-1, -1, value, (value - truth) * (value - truth), null))];
    }

    private float Number(Example example)
    {
        double value = (example.Target as NumberTarget ?? throw Unfit(example, nameof(NumberTarget))).Value;
        return float.IsFinite((float)value)
            ? (float)value
            : throw new ArgumentException(
                $"A sample has the target {value}; regression learns from finite numbers. Leave the sample out, or correct it.");
    }

    private sealed class Metric : TaskMetric
    {
        private readonly RegressionAccumulator _errors = new();

        public override void Add(Batch batch, Tensor outputs)
        {
            float[] predicted = outputs.contiguous().data<float>().ToArray(), actual = batch.Targets.data<float>().ToArray();
            for (int i = 0; i < actual.Length; i++)
            {
                _errors.Add(predicted[i], actual[i]);
            }
        }

        public override bool Share(MetricState state)
        {
            _errors.Share(state);
            return true;
        }

        public override TaskReport ToReport(double meanLoss, double? correctShare) => _errors.ToReport();
    }
}
