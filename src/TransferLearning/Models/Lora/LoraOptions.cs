namespace TransferLearning;

/// <summary>
/// Which layers of a network get LoRA weights (Hu et al., 2021), and of what kind. Names and meanings are those of the PEFT library.
/// </summary>
public sealed record LoraOptions
{
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

    /// <summary>The last parts of the layers' names: <c>query</c>, <c>attention.self.query</c>; <c>all-linear</c> alone means every fully
    /// connected layer but the one that gives the outputs. Default: the queries and values of attention.</summary>
    public IReadOnlyList<string> Targets { get; init; } = QueriesAndValues;

    /// <summary>A regular expression for whole names, in place of <see cref="Targets"/>; null for none.</summary>
    public string? TargetPattern { get; init; }

    /// <summary>The numbers of the blocks whose layers are meant, such as 11 in <c>encoder.layer.11.attention</c>; null for all.</summary>
    public IReadOnlyList<int>? LayersToTransform { get; init; }

    /// <summary>The names before those numbers, such as <c>layer</c>; empty for any.</summary>
    public IReadOnlyList<string> LayersPattern { get; init; } = [];

    /// <summary>Other ranks for some layers, by a regular expression for the last parts of their names.</summary>
    public IReadOnlyDictionary<string, int> RankPattern { get; init; } = new Dictionary<string, int>();

    /// <summary>Other values of <see cref="Alpha"/> for some layers, by a regular expression for the last parts of their names.</summary>
    public IReadOnlyDictionary<string, double> AlphaPattern { get; init; } = new Dictionary<string, double>();

    /// <summary>Whether the scale is Alpha / sqrt(Rank) (Kalajdzievski, 2023). Default: false.</summary>
    public bool UsesRankStabilizedScale { get; init; }

    /// <summary>Whether B has a bias. Default: false.</summary>
    public bool HasBias { get; init; }

    /// <summary>Checks every value; the message names the option.</summary>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Rank);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Alpha);
        ArgumentOutOfRangeException.ThrowIfNegative(Dropout);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(Dropout, 1);
        if (RankPattern.Values.Any(rank => rank < 1))
        {
            throw new ArgumentOutOfRangeException(nameof(RankPattern), "A rank must be at least 1.");
        }
    }
}
