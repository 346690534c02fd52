namespace TransferLearning;

/// <summary>Learns from images without labels too (Sohn et al., "FixMatch: Simplifying Semi-Supervised Learning with Consistency and
/// Confidence", 2020): where the network is sure of the class of a mildly changed image, it learns to give that class for a strongly
/// changed form of the same image.</summary>
/// <remarks>
/// <para>Every batch brings <see cref="Ratio"/> times as many images without labels, which follow one another in an order that depends on
/// seed and epoch, so a step takes about 1 + 2 · Ratio times as long. The mild form is what the labelled samples get; the strong one has
/// <see cref="Strong"/> after it. The loss without labels is the cross entropy, over all images; those below <see cref="Threshold"/> count
/// 0.</para>
/// <para>The log says after each epoch for how many images the network was sure: if that stays near none, the threshold is too high or the
/// labelled samples are too few.</para>
/// </remarks>
/// <param name="Unlabelled">The images; what labels they have is not looked at. It stays the caller's and must be open while
/// training.</param>
public sealed record FixMatch(Dataset Unlabelled) : TrainingMethod
{
    /// <summary>The images; what labels they have is not looked at.</summary>
    public Dataset Unlabelled { get; } = Unlabelled is { Count: > 0 }
        ? Unlabelled
        : throw new ArgumentException("There are no images without labels.", nameof(Unlabelled));

    /// <summary>From which probability on a predicted class counts, from 0 to 1. Default: 0.95.</summary>
    public double Threshold { get; init => field = ValidNumber.Fraction(value, nameof(Threshold)); } = 0.95;

    /// <summary>How many images without labels come with each one that has a label, at least 1. Default: 7.</summary>
    public int Ratio { get; init => field = ValidNumber.AtLeast(value, 1, nameof(Ratio)); } = 7;

    /// <summary>How much the loss without labels counts beside the other, at least 0. Default: 1.</summary>
    public double Weight { get; init => field = ValidNumber.NotNegative(value, nameof(Weight)); } = 1;

    /// <summary>What makes the strong form of the mild one. Default: <see cref="RandAugment"/> and a grey box.</summary>
    public IReadOnlyList<ImageTransform> Strong { get; init; } =
        [new RandAugment(), new RandomErasing(1, (0.02, 0.25), (1, 1), new PixelColor(127, 127, 127))];

    /// <inheritdoc/>
    public override MethodInput Input => MethodInput.Samples;

    /// <inheritdoc/>
    public override string Identity => string.Create(
        CultureInfo.InvariantCulture,
        $"FixMatch({Unlabelled.Fingerprint}, threshold {Threshold:R}, ratio {Ratio}, weight {Weight:R}, "
            + $"{string.Join('>', Strong.Select(step => step.Fingerprint))})");

    /// <inheritdoc/>
    public override TrainingMethodState Begin(TrainingMethodContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return context.Task is not Classification
            ? throw new ArgumentException(
                $"{nameof(FixMatch)} predicts one class for each image; this model is for {context.Task.Name}: leave it out.")
            : context.Preprocessor is not ImagePipeline pipeline
                ? throw new ArgumentException(
                    $"{nameof(FixMatch)} needs images that an {nameof(ImagePipeline)} prepares; here it is a "
                        + $"{context.Preprocessor.GetType().Name}: leave it out.")
                : new State(this, new TwoViews(pipeline, pipeline.Then(Strong)), context);
    }

    private sealed class State : TrainingMethodState
    {
        private readonly FixMatch _method;
        private readonly TargetBatches _batches;
        private readonly ILogger _logger;
        private readonly Tensor _counts; // images that were sure, and all

        public State(FixMatch method, TwoViews views, TrainingMethodContext context)
        {
            (_method, _logger) = (method, context.Logger);
            _batches = new TargetBatches(method.Unlabelled, context, views, method.Ratio);
            _counts = zeros([2], ScalarType.Int64, context.Device.ToTorch()).DetachFromDisposeScope();
        }

        public override IReadOnlyList<(string Name, Tensor Value)> Saved => [("counts", _counts)];

        public override void BeforeEpoch(int epoch) => Report();

        public override StepLoss Compute(MethodStep step, Func<Batch, StepLoss> next)
        {
            ArgumentNullException.ThrowIfNull(step);
            ArgumentNullException.ThrowIfNull(next);
            StepLoss labelled = next(step.Batch);
            using Batch batch = _batches.Next(step.Epoch, step.Number);
            Tensor values = ((ImageInput)batch.Input).Values;
            using ImageInput mild = new(values.narrow(0, 0, batch.Count)), strong = new(values.narrow(0, batch.Count, batch.Count));
            (Tensor confidences, Tensor classes) = Predicted(step, mild);
            using Scalar threshold = _method.Threshold.ToScalar();
            Tensor isSure = confidences.ge(threshold);
            using (no_grad())
            {
                _counts.AddInPlace(stack([isSure.sum(), Scalars.Full([], batch.Count, ScalarType.Int64, _counts.device)]));
            }

            Tensor each = new CrossEntropyLoss().ComputeEach(step.Run(strong).Outputs, classes);
            return labelled with { Loss = labelled.Loss.Add(each.mul(isSure).mean(), _method.Weight) };
        }

        protected override void Dispose(bool disposing)
        {
            Report();
            _batches.Dispose();
            _counts.Dispose();
            base.Dispose(disposing);
        }

        private static (Tensor Confidences, Tensor Classes) Predicted(MethodStep step, ImageInput mild)
        {
            using IDisposable guard = no_grad();
            return step.Run(mild).Outputs.softmax(1).max(1);
        }

        private void Report()
        {
            long[] counts = [.. _counts.cpu().data<long>()];
            if (counts[1] > 0)
            {
                TrainingLog.Note(
                    _logger, $"{nameof(FixMatch)} learned from {counts[0]} of {counts[1]} images without labels since the last report.");
            }

            using IDisposable guard = no_grad();
            _counts.zero_();
        }
    }

    /// <summary>Two forms of each image: all of the first, then all of the second.</summary>
    private sealed class TwoViews(ImagePipeline mild, ImagePipeline strong) : StackedPreprocessor
    {
        public override IReadOnlyList<long> Shape { get; } = [2, .. mild.Shape];

        public override bool IsDeterministic => mild.IsDeterministic && strong.IsDeterministic;

        public override string Fingerprint => $"{mild.Fingerprint}; {strong.Fingerprint}";

        public override Target Apply(Sample sample, ref SeededRandom random, Span<float> destination)
        {
            mild.Apply(sample, ref random, destination[..(destination.Length / 2)]);
            strong.Apply(sample, ref random, destination[(destination.Length / 2)..]);
            return NoTarget.Instance;
        }

        public override ModelInput ToInput(Tensor values)
        {
            using (values)
            using (Tensor first = values.select(1, 0), second = values.select(1, 1))
            {
                return new ImageInput(cat([first, second], 0));
            }
        }
    }
}
