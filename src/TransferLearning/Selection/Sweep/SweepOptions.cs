namespace TransferLearning;

/// <summary>What a <see cref="Sweep"/> varies, and how much it may cost.</summary>
public sealed record SweepOptions
{
    /// <summary>What is varied.</summary>
    public required IReadOnlyList<SweepAxis> Axes { get; init; }

    /// <summary>How epochs are divided among configurations. Default: <see cref="SweepMethod.Hyperband"/>.</summary>
    public SweepMethod Method { get; init; }

    /// <summary>How configurations are taken from the axes. Default: <see cref="SweepSampling.Random"/>.</summary>
    public SweepSampling Sampling { get; init; }

    /// <summary>How many configurations there are, for <see cref="SweepMethod.SuccessiveHalving"/> and <see cref="SweepMethod.Full"/>;
    /// <see cref="SweepMethod.Hyperband"/> has its own numbers and refuses it. Default: null, all where the axes are lists, else
    /// 27.</summary>
    public int? Configurations { get; init; }

    /// <summary>How many epochs the longest trials have. Default: 27.</summary>
    public int MaximumEpochs { get; init; } = 27;

    /// <summary>How many epochs the shortest have. Default: 1.</summary>
    public int MinimumEpochs { get; init; } = 1;

    /// <summary>One of how many configurations is run for that many times more epochs. Default: 3, as in the paper.</summary>
    public int Eta { get; init; } = 3;

    /// <summary>What fixes which configurations are drawn. Default: 0.</summary>
    public long Seed { get; init; }

    /// <summary>With how many seeds the two best configurations are run, to see whether the difference between them is more than chance.
    /// Default: 3; 1 is what was run already.</summary>
    public int Seeds { get; init; } = 3;

    /// <summary>What all trials begin with, before the axes change it. Default: <see cref="AdamW"/> as it is.</summary>
    public Optimizer Optimizer { get; init; } = new AdamW();

    /// <summary>What all trials begin with, before the axes change it. <see cref="FineTuneOptions.Epochs"/> is set by the sweep; <see
    /// cref="FineTuneOptions.Validation"/> and <see cref="FineTuneOptions.Checkpoints"/> are refused. A <see
    /// cref="FineTuneOptions.FeatureCache"/> is used for all trials that can keep features; without one there is one in memory for all of
    /// them. Default: training's defaults.</summary>
    public FineTuneOptions Training { get; init; } = new();

    /// <summary>The file with a line for each trial, to which each is written at once; a sweep that finds it resumes from there. Default:
    /// null, nowhere.</summary>
    public string? File { get; init; }

    /// <summary>Where the sweep is logged, a line for each trial. Default: nowhere.</summary>
    public ILogger? Logger { get; init; }

    /// <summary>The brackets of this sweep.</summary>
    internal IReadOnlyList<SweepBracket> Brackets => Method switch
    {
        SweepMethod.Hyperband => SweepBracket.Hyperband(MaximumEpochs, MinimumEpochs, Eta),
        SweepMethod.SuccessiveHalving => [SweepBracket.Halving(Count, MaximumEpochs, MinimumEpochs, Eta)],
        _ => [new SweepBracket(0, [new SweepRung(Count, MaximumEpochs)])],
    };

    private int Count => Configurations ?? (int)Math.Min(SweepConfigurations.CountOf(Axes) ?? 27, int.MaxValue);

    /// <summary>Checks every value; the message names the option.</summary>
    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Axes);
        ArgumentNullException.ThrowIfNull(Training);
        ArgumentNullException.ThrowIfNull(Optimizer);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(MinimumEpochs);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaximumEpochs, MinimumEpochs);
        ArgumentOutOfRangeException.ThrowIfLessThan(Eta, 2);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Seeds);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Configurations ?? 1, nameof(Configurations));
        if (Axes.Count == 0 || Axes.GroupBy(axis => axis.Name).Any(group => group.Count() > 1))
        {
            throw new ArgumentException(
                $"{nameof(Axes)} needs at least one axis, and each needs a name of its own: "
                    + $"{string.Join(", ", Axes.Select(axis => axis.Name))}.");
        }

        if (Method == SweepMethod.Hyperband && Configurations is not null)
        {
            throw new ArgumentException(
                $"{nameof(SweepMethod.Hyperband)} has its own numbers of configurations, by {nameof(MaximumEpochs)} and {nameof(Eta)}: "
                    + $"leave {nameof(Configurations)} out, or choose {nameof(SweepMethod)}.{nameof(SweepMethod.SuccessiveHalving)}.");
        }

        if (Sampling == SweepSampling.Grid && Axes.FirstOrDefault(axis => axis.Values is null) is { } range)
        {
            throw new ArgumentException($"A grid needs lists, and '{range.Name}' is a range: list its values, or sample at random.");
        }

        if (Training.Validation is not null || Training.Checkpoints is not null)
        {
            throw new ArgumentException(
                $"{nameof(Training)} has no {(Training.Validation is null ? nameof(Training.Checkpoints) : nameof(Training.Validation))} "
                    + "of its own: the validation set is the sweep's, and finished trials are in its file. Leave it out.");
        }
    }
}
