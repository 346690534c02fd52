namespace TransferLearning;

/// <summary>One phase of a <see cref="Recipe"/>: what is trained in it, for how long, at which rates. A phase is a run of training of its
/// own: it begins with the weights that the phase before it left, and with a new optimizer state.</summary>
/// <param name="Name">What it is called in the log, the history and the checkpoints.</param>
public sealed record RecipePhase(string Name)
{
    /// <summary>The value of <see cref="From"/> for the head alone.</summary>
    public const string HeadOnly = "head";

    /// <summary>The first stage that is trained, with all after it and the head; <see cref="HeadOnly"/> for the head alone. What the model
    /// has frozen stays frozen. Default: null, everything.</summary>
    public string? From { get; init; }

    /// <summary>How many epochs it has. Default: null, <see cref="FineTuneOptions.Epochs"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not positive.</exception>
    public int? Epochs { get; init => field = value is { } epochs ? ValidNumber.AtLeast(epochs, 1, nameof(Epochs)) : null; }

    /// <summary>What the optimizer's learning rate is multiplied by. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is not above 0, or not finite.</exception>
    public double RateFactor { get; init => field = ValidNumber.Positive(value, nameof(RateFactor)); } = 1;

    /// <summary>Factors on the rate by stage. Default: null, <see cref="FineTuneOptions.StageRates"/>.</summary>
    public StageRates? Rates { get; init; }

    /// <summary>How the rate moves within the phase. Default: null, <see cref="FineTuneOptions.Schedule"/>.</summary>
    public LearningRateSchedule? Schedule { get; init; }

    /// <summary>What fits the head in one go in place of training it, for a first phase of the head alone. Where it cannot (a head with
    /// layers of its own, a task or loss that it does not know) the phase trains, and the log says why. Default: null.</summary>
    public LinearProbe? Probe { get; init; }
}
