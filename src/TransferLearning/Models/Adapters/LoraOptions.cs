namespace TransferLearning;

/// <summary>
/// Low-rank weights beside layers (Hu et al., "LoRA", 2021): which layers get them, and of what kind. Names and meanings are those of the
/// PEFT library.
/// </summary>
public sealed record LoraOptions : TargetedAdapterOptions
{
    /// <summary>Queries and values of attention are the targets where none are named.</summary>
    public LoraOptions() : base(QueriesAndValues) { }

    /// <summary>The queries and values of attention under the names that different architectures have for them.</summary>
    public static IReadOnlyList<string> QueriesAndValues { get; } =
    [
        "query",
        "value",
        "q_lin",
        "v_lin",
        "q_proj",
        "v_proj",
        "q",
        "v",
        "c_attn",
    ];

    /// <summary>The rank of the weights. Default: 8.</summary>
    public int Rank { get; init; } = 8;

    /// <summary>What the weights are scaled by: Alpha / Rank. Default: 16.</summary>
    public double Alpha { get; init; } = 16;

    /// <summary>The probability with which an input of the weights is dropped in training. Default: 0.</summary>
    public double Dropout { get; init; }

    /// <summary>Other ranks for some layers, by a regular expression for the last parts of their names.</summary>
    public IReadOnlyDictionary<string, int> RankPattern { get; init; } = new Dictionary<string, int>();

    /// <summary>Other values of <see cref="Alpha"/> for some layers, by a regular expression for the last parts of their names.</summary>
    public IReadOnlyDictionary<string, double> AlphaPattern { get; init; } = new Dictionary<string, double>();

    /// <summary>Whether the scale is Alpha / sqrt(Rank) (Kalajdzievski, 2023). Default: false.</summary>
    public bool UsesRankStabilizedScale { get; init; }

    /// <summary>Whether B has a bias. Default: false.</summary>
    public bool HasBias { get; init; }

    /// <summary>Whether the sum of the layer's weight and the low-rank one gives directions alone, and each output has a length of its own
    /// that is trained too (Liu et al., "DoRA", 2024). Default: false.</summary>
    public bool UsesDora { get; init; }

    /// <summary>Whether, with <see cref="UsesDora"/>, the norm that makes directions of weights is a constant for the gradient, as the
    /// authors propose and the PEFT library does. Outputs are the same. Default: true.</summary>
    public bool DetachesNorm { get; init; } = true;

    internal override string Method => UsesDora ? "DoRA" : "LoRA";

    /// <inheritdoc/>
    internal override void Validate()
    {
        base.Validate();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Rank);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Rank, Largest);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Alpha);
        ArgumentOutOfRangeException.ThrowIfNegative(Dropout);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Dropout, 1);
        ArgumentNullException.ThrowIfNull(RankPattern);
        ArgumentNullException.ThrowIfNull(AlphaPattern);
        if (RankPattern.Values.Any(rank => rank is < 1 or > Largest))
        {
            throw new ArgumentOutOfRangeException(nameof(RankPattern), $"A rank must be from 1 to {Largest}.");
        }

        if (UsesDora && HasBias)
        {
            throw new ArgumentException(
                $"{nameof(UsesDora)} and {nameof(HasBias)} exclude each other: the bias of B is no part of a direction. Leave one out.");
        }
    }

    private protected override SideBranch Beside(WeightLayer layer, string name)
    {
        int rank = LayerNames.Of(RankPattern, name, Rank);
        double alpha = LayerNames.Of(AlphaPattern, name, Alpha);
        double scale = alpha / (UsesRankStabilizedScale ? Math.Sqrt(rank) : rank);
        return new LoraBranch(layer, rank, scale, Dropout, HasBias, UsesDora, DetachesNorm);
    }
}
