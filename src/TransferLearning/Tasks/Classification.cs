namespace TransferLearning;

/// <summary>Exactly one of several classes for each sample; the loss is cross entropy.</summary>
public sealed record Classification : ClassTask
{
    /// <summary>Classes whose names are not known yet: those of the data set that is trained on.</summary>
    /// <param name="classCount">The number of classes.</param>
    public Classification(int classCount) : base(classCount, null) { }

    /// <summary>Classes with names.</summary>
    /// <param name="classNames">The names, at least one.</param>
    public Classification(IReadOnlyList<string> classNames)
        : this(classNames?.Count ?? throw new ArgumentNullException(nameof(classNames))) => ClassNames = classNames;

    /// <summary>How the logits are scaled so that scores can be believed; training leaves it out. Default: null, not at all.</summary>
    /// <exception cref="ArgumentException">It is set, and does not fit the number of classes.</exception>
    public LogitScaling? Scaling { get; init => field = value?.CheckFor(ClassCount); }

    /// <inheritdoc/>
    public override string Name => "classification";

    /// <inheritdoc/>
    public override HeadSpec Head => new(HeadKind.Pooled, ClassCount);

    /// <inheritdoc/>
    internal override LossTargets? Truth => LossTargets.Classes;

    /// <inheritdoc/>
    public override Tensor CollateTargets(IReadOnlyList<Example> examples, ModelInput input)
    {
        ArgumentNullException.ThrowIfNull(examples);
        return tensor(
            [.. examples.Select(example => Checked((example.Target as ClassTarget ?? throw Unfit(example, nameof(ClassTarget))).Class))],
            int64);
    }

    /// <inheritdoc/>
    public override StepLoss Compute(ForwardPass pass, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(batch);
        LossFunction loss = Loss ?? new CrossEntropyLoss();
        Tensor targets = pass.There(batch.Targets);
        (Tensor sum, Tensor outputs) = WithAuxiliary(pass, batch, logits => loss.Compute(Scaled(logits), targets));
        outputs = Scaled(outputs);

        // Of a mixed sample the class with the largest part counts.
        Tensor labels = targets.is_floating_point() ? targets.argmax(1) : targets;
        return new StepLoss(sum, batch.Count, outputs.argmax(1).eq(labels).sum(), outputs) { Share = loss.Share(batch.Targets) };
    }

    /// <inheritdoc/>
    public override TaskMetric CreateMetric(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        return new Metric(ClassNames, KeepsScores(dataset, ClassCount));
    }

    /// <inheritdoc/>
    public override IReadOnlyList<SampleOutcome> Outcomes(Batch batch, Tensor outputs)
    {
        ArgumentNullException.ThrowIfNull(batch);
        ArgumentNullException.ThrowIfNull(outputs);
        float[] logits = outputs.contiguous().data<float>().ToArray();
        long[] labels = batch.Targets.data<long>().ToArray();
        return [.. labels.Select((label, i) => OutcomeOf(logits.AsSpan(i * ClassCount, ClassCount), (int)label))];
    }

    /// <inheritdoc/>
    internal override Tensor Probabilities(Tensor outputs) => Scaled(outputs).softmax(1);

    /// <inheritdoc/>
    private protected override ClassTask ForTraining() => Scaling is null ? this : this with { Scaling = null };

    /// <summary>What became of a sample with these logits, computed in float64.</summary>
    internal static SampleOutcome OutcomeOf(ReadOnlySpan<float> logits, int label)
    {
        int predicted = 0;
        for (int k = 1; k < logits.Length; k++)
        {
            predicted = logits[k] > logits[predicted] ? k : predicted;
        }

        double sum = 0;
        foreach (float logit in logits)
        {
            sum += Math.Exp((double)logit - logits[predicted]);
        }

        double loss = Math.Log(sum) + logits[predicted] - (double)logits[label];
        return new SampleOutcome(label, predicted, (float)(1 / sum), (float)loss, predicted == label);
    }

    private Tensor Scaled(Tensor logits) => Scaling?.Apply(logits) ?? logits;

    private sealed class Metric(IReadOnlyList<string> classNames, bool keepsScores) : TaskMetric
    {
        private readonly ClassificationAccumulator _counts = new(classNames.Count, keepsScores);

        public override void Add(Batch batch, Tensor outputs)
        {
            float[] probabilities = outputs.softmax(1).contiguous().data<float>().ToArray();
            long[] labels = batch.Targets.data<long>().ToArray();
            for (int i = 0; i < labels.Length; i++)
            {
                _counts.Add(probabilities.AsSpan(i * classNames.Count, classNames.Count), labels[i]);
            }
        }

        public override bool Share(MetricState state)
        {
            _counts.Share(state);
            return true;
        }

        public override TaskReport ToReport(double meanLoss, double? correctShare) => _counts.ToReport(classNames);
    }
}
