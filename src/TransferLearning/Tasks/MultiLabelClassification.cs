namespace TransferLearning;

/// <summary>Any number of several labels for each sample, each a decision of its own; the loss is binary cross entropy.</summary>
public sealed record MultiLabelClassification : ClassTask
{
    /// <summary>Labels whose names are not known yet: those of the data set that is trained on.</summary>
    /// <param name="labelCount">The number of labels.</param>
    public MultiLabelClassification(int labelCount) : base(labelCount, null) { }

    /// <summary>Labels with names.</summary>
    /// <param name="labels">The names, at least one.</param>
    public MultiLabelClassification(IReadOnlyList<string> labels)
        : this(labels?.Count ?? throw new ArgumentNullException(nameof(labels))) => ClassNames = labels;

    /// <inheritdoc/>
    public override string Name => "multi-label classification";

    /// <inheritdoc/>
    public override HeadSpec Head => new(HeadKind.Pooled, ClassCount);

    /// <inheritdoc/>
    internal override LossTargets? Truth => LossTargets.Labels;

    /// <inheritdoc/>
    public override Tensor CollateTargets(IReadOnlyList<Example> examples, ModelInput input)
    {
        ArgumentNullException.ThrowIfNull(examples);
        float[] truth = new float[examples.Count * ClassCount];
        for (int i = 0; i < examples.Count; i++)
        {
            if (examples[i].Target is not (LabelsTarget or ClassTarget))
            {
                throw Unfit(examples[i], $"{nameof(LabelsTarget)} or {nameof(ClassTarget)}");
            }

            foreach (int label in examples[i].Target.ClassNumbers)
            {
                truth[(i * ClassCount) + Checked(label)] = 1;
            }
        }

        return tensor(truth, [examples.Count, ClassCount]);
    }

    /// <inheritdoc/>
    public override StepLoss Compute(ForwardPass pass, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(batch);
        Tensor truth = pass.There(batch.Targets);
        (Tensor sum, Tensor outputs) = WithAuxiliary(
            pass, batch, logits => Loss?.Compute(logits, truth) ?? nn.functional.binary_cross_entropy_with_logits(logits, truth));
        return new StepLoss(sum, batch.Count, outputs.gt(Scalars.Zero).eq(truth.round().gt(Scalars.Zero)).all(1).sum(), outputs)
        { Share = Loss?.Share(batch.Targets) ?? batch.Count };
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
        float[] logits = outputs.contiguous().data<float>().ToArray(), truth = batch.Targets.data<float>().ToArray();
        return [.. Enumerable.Range(0, batch.Count).Select(row => Outcome(row * ClassCount))];

        SampleOutcome Outcome(int first)
        {
            (double loss, double least, bool isCorrect) = (0, double.PositiveInfinity, true);
            for (int i = first; i < first + ClassCount; i++)
            {
                double rest = Math.Log(1 + Math.Exp(-Math.Abs(logits[i])));
                loss += Math.Max(logits[i], 0) - (logits[i] * truth[i]) + rest;
                least = Math.Min(least, Math.Abs(logits[i]));
                isCorrect &= logits[i] > 0 == truth[i] > 0;
            }

            return new SampleOutcome(-1, -1, (float)(1 / (1 + Math.Exp(-least))), (float)(loss / ClassCount), isCorrect);
        }
    }

    /// <inheritdoc/>
    internal override Tensor Probabilities(Tensor outputs) => outputs.sigmoid();

    private sealed class Metric(IReadOnlyList<string> labels, bool keepsScores) : TaskMetric
    {
        private readonly MultiLabelAccumulator _counts = new(labels.Count, keepsScores);

        public override void Add(Batch batch, Tensor outputs)
        {
            float[] probabilities = outputs.sigmoid().contiguous().data<float>().ToArray();
            bool[] truth = [.. batch.Targets.data<float>().Select(value => value > 0)];
            for (int first = 0; first < truth.Length; first += labels.Count)
            {
                _counts.Add(probabilities.AsSpan(first, labels.Count), truth.AsSpan(first, labels.Count));
            }
        }

        public override bool Share(MetricState state)
        {
            _counts.Share(state);
            return true;
        }

        public override TaskReport ToReport(double meanLoss, double? correctShare) => _counts.ToReport(labels);
    }
}
