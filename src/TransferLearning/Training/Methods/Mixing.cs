namespace TransferLearning;

/// <summary>Trains on mixtures of two samples of a batch, with the truth mixed alike: mixup (Zhang et al., "mixup: Beyond Empirical Risk
/// Minimization", 2018) and CutMix (Yun et al., 2019), for classes, labels and numbers.</summary>
/// <remarks>
/// <para>Each batch is mixed in one way with one share, drawn from (seed, epoch, batch), and each sample with another one of it. Losses get
/// class probabilities in place of class numbers; label smoothing is the loss's (<see cref="CrossEntropyLoss"/>) and gives what smoothing
/// before mixing gives. In the accuracy of training a sample counts for the class with its larger part, so it is below that of
/// validation.</para>
/// <para>Images are mixed pixel by pixel. What cannot be mixed, texts and sounds, mixes the vectors that enter the head
/// (<see cref="OfFeatures"/>; Verma et al., "Manifold Mixup", 2019), which also serves a frozen backbone whose features are computed
/// once.</para>
/// </remarks>
public sealed record Mixing : TrainingMethod
{
    /// <summary>Which beta distribution the share of mixup is drawn from: near 0 little is mixed, 1 draws evenly; 0 is no mixup. Default:
    /// 0.8.</summary>
    public double MixupAlpha { get; init => field = ValidNumber.NotNegative(value, nameof(MixupAlpha)); } = 0.8;

    /// <summary>Which beta distribution the share of CutMix is drawn from; 0 is no CutMix. Default: 1.</summary>
    public double CutMixAlpha { get; init => field = ValidNumber.NotNegative(value, nameof(CutMixAlpha)); } = 1;

    /// <summary>How many of the batches are mixed. Default: 1, all.</summary>
    public double Probability { get; init => field = ValidNumber.Fraction(value, nameof(Probability)); } = 1;

    /// <summary>How many of the mixed batches get CutMix where both are used. Default: 0.5.</summary>
    public double SwitchProbability { get; init => field = ValidNumber.Fraction(value, nameof(SwitchProbability)); } = 0.5;

    /// <summary>Whether what enters the head is mixed in place of what enters the network.</summary>
    public bool MixesFeatures { get; private init; }

    /// <inheritdoc/>
    public override MethodInput Input => MixesFeatures ? MethodInput.Features : MethodInput.Samples;

    /// <inheritdoc/>
    public override bool ServesProcesses => true;

    /// <summary>Mixup alone: every number of a sample is a weighted mean of two.</summary>
    /// <param name="alpha">Which beta distribution the share is drawn from.</param>
    public static Mixing Mixup(double alpha = 0.2) => new() { MixupAlpha = alpha, CutMixAlpha = 0 };

    /// <summary>CutMix alone: a box of an image comes from another.</summary>
    /// <param name="alpha">Which beta distribution the area outside of the box is drawn from.</param>
    public static Mixing CutMix(double alpha = 1) => new() { MixupAlpha = 0, CutMixAlpha = alpha };

    /// <summary>Mixup of what enters the head, for inputs of every kind.</summary>
    /// <param name="alpha">Which beta distribution the share is drawn from.</param>
    public static Mixing OfFeatures(double alpha = 0.2) => Mixup(alpha) with { MixesFeatures = true };

    /// <inheritdoc/>
    public override TrainingMethodState Begin(TrainingMethodContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (MixupAlpha == 0 && CutMixAlpha == 0)
        {
            throw new ArgumentException(
                $"{nameof(MixupAlpha)} and {nameof(CutMixAlpha)} are both 0, so nothing is mixed: set one of them.");
        }

        if (MixesFeatures && CutMixAlpha > 0)
        {
            throw new ArgumentException($"{nameof(CutMix)} needs images, and vectors that enter a head have no boxes: leave it out.");
        }

        if (context.Task is not (Classification or MultiLabelClassification or Regression))
        {
            throw new ArgumentException(
                $"{nameof(Mixing)} mixes classes, labels and numbers; this model is for {context.Task.Name}: leave it out.");
        }

        return !MixesFeatures && context.Preprocessor is not StackedPreprocessor
            ? throw new ArgumentException(
                $"Examples that differ in length cannot be mixed: use {nameof(Mixing)}.{nameof(OfFeatures)}(), which mixes what enters the "
                    + "head.")
            : new State(this, context.Task);
    }

    private sealed class State(Mixing method, LearningTask task) : TrainingMethodState
    {
        private const int Draws = 1001;

        public override StepLoss Compute(MethodStep step, Func<Batch, StepLoss> next)
        {
            ArgumentNullException.ThrowIfNull(step);
            ArgumentNullException.ThrowIfNull(next);
            SeededRandom random = step.Random(Draws);
            if (!random.NextBoolean(method.Probability))
            {
                return next(step.Batch);
            }

            bool cuts = method.CutMixAlpha > 0 && (method.MixupAlpha == 0 || random.NextBoolean(method.SwitchProbability));
            double share = random.NextBeta(cuts ? method.CutMixAlpha : method.MixupAlpha);
            long[] order = [.. Enumerable.Range(0, step.Batch.Count)];
            random.Shuffle<long>(order);
            using SampleMixture mixture = cuts ? Cut(step.Batch.Input, order, share, ref random) : SampleMixture.Of(order, share);
            using Batch mixed = Mixed(step.Batch, mixture);
            return next(mixed);
        }

        private static SampleMixture Cut(ModelInput input, long[] order, double share, ref SeededRandom random)
        {
            Tensor pixels = PixelsOf(input);
            (long height, long width) = (pixels.size(2), pixels.size(3));
            (int y, int x) = (random.NextInt32((int)height), random.NextInt32((int)width));
            return SampleMixture.OfBox(order, SampleMixture.Box(height, width, share, y, x), height * width);
        }

        private Batch Mixed(Batch batch, SampleMixture mixture)
        {
            Tensor truth = task is Classification { ClassCount: var classes } && !batch.Targets.is_floating_point()
                ? nn.functional.one_hot(batch.Targets, classes).to(ScalarType.Float32)
                : batch.Targets;
            ModelInput input = method.MixesFeatures
                ? batch.Input.Narrow(batch.Count)
                : new ImageInput(mixture.Apply(PixelsOf(batch.Input)));
            return new Batch(input, mixture.Mean(truth), batch.Examples, batch.Indices)
            {
                Number = batch.Number,
                MixesFeatures = method.MixesFeatures ? mixture.Mean : batch.MixesFeatures,
            };
        }

        private static Tensor PixelsOf(ModelInput input)
            => input is ImageInput images
                ? images.Values
                : throw new ArgumentException(
                    $"A {input.GetType().Name} cannot be mixed: use {nameof(Mixing)}.{nameof(OfFeatures)}(), which mixes what enters the "
                        + "head.");
    }
}
