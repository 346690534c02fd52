using Microsoft.Extensions.Logging;

namespace TransferLearning;

/// <summary>How to train. Every value has a default, so <c>new FineTuneOptions { Epochs = 5 }</c> is enough.</summary>
public sealed record FineTuneOptions
{
    /// <summary>How often every sample is seen. Default: 10.</summary>
    public int Epochs { get; init; } = 10;

    /// <summary>How many samples make one step. Default: 32.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>What fixes every draw of the run: order, augmentation, dropout. Default: 0.</summary>
    public long Seed { get; init; }

    /// <summary>Samples on which each epoch is judged; the best epoch's weights are kept. Default: none, and the last epoch's are kept.</summary>
    public Dataset? Validation { get; init; }

    /// <summary>How the learning rate moves. Default: not at all.</summary>
    public LearningRateSchedule Schedule { get; init; } = new ConstantSchedule();

    /// <summary>What is made small. Default: cross-entropy.</summary>
    public CrossEntropyLoss Loss { get; init; } = new();

    /// <summary>How gradients are kept from growing too large. Default: not at all.</summary>
    public GradientClipping? Clipping { get; init; }

    /// <summary>After how many epochs without a better validation result training stops. Default: never.</summary>
    public int? Patience { get; init; }

    /// <summary>
    /// How training pictures are prepared. Default: with random crops and mirroring (<see cref="ImagePipeline.ForTraining"/>), except when
    /// nothing but the head is trained: then as in evaluation, so that the backbone's features are worked out once and not in every epoch.
    /// </summary>
    public ISampleTransform? Transform { get; init; }

    /// <summary>
    /// Where the features of a frozen backbone are looked up and kept, in memory across runs or in files across programs. The caller owns it.
    /// Default: in memory for this run alone.
    /// </summary>
    public FeatureCache? FeatureCache { get; init; }

    /// <summary>
    /// How many augmented views of each picture are kept as features while nothing but the head is trained and <see cref="Transform"/> draws: epoch e
    /// uses view e modulo this number, and view k is what epoch k would have drawn. Default: 0, the backbone runs in every epoch.
    /// </summary>
    public int CachedViews { get; init; }

    /// <summary>How many threads prepare pictures; 0 prepares them between steps. Default: one for each core, at most 8.</summary>
    public int? Workers { get; init; }

    /// <summary>What a damaged picture does. Default: it ends the run with an error that names it.</summary>
    public BadSampleHandling OnBadSample { get; init; } = BadSampleHandling.Throw;

    /// <summary>
    /// Whether convolutions work with the channels last in memory, which is faster on most processors. The numbers then differ from the
    /// plain layout's by rounding. Default: false. Where oneDNN cannot be trusted (see <see cref="OneDnnMode"/>) the plain layout is used and the
    /// log says so.
    /// </summary>
    public bool ChannelsLast { get; init; }

    /// <summary>After how many batches progress is reported. Default: 100.</summary>
    public int ReportEvery { get; init; } = 100;

    /// <summary>Where the run is logged. Default: nowhere.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>Checks every value; the message names the option.</summary>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Epochs);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BatchSize);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ReportEvery);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Patience ?? 1, nameof(Patience));
        ArgumentOutOfRangeException.ThrowIfNegative(Workers ?? 0, nameof(Workers));
        ArgumentOutOfRangeException.ThrowIfNegative(CachedViews);
        ArgumentNullException.ThrowIfNull(Schedule);
        ArgumentNullException.ThrowIfNull(Loss);
        if (Patience is not null && Validation is null)
        {
            throw new ArgumentException("Patience needs a Validation set to judge by: set FineTuneOptions.Validation, for example from Dataset.Split.", nameof(Patience));
        }
    }
}
