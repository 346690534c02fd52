namespace TransferLearning;

/// <summary>
/// Factors on keys, values and what enters the last layer of feed-forward networks (Liu et al., "Few-Shot Parameter-Efficient Fine-Tuning
/// is Better and Cheaper than In-Context Learning", 2022): the fewest weights of all adapters. Names and meanings are those of the PEFT
/// library's IA3.
/// </summary>
public sealed record Ia3Options : TargetedAdapterOptions
{
    /// <summary>Keys, values and the last layers of feed-forward networks are the targets where none are named.</summary>
    public Ia3Options() : base([.. KeysAndValues, .. LastOfFeedForward]) { }

    /// <summary>The keys and values of attention under the names that different architectures have for them.</summary>
    public static IReadOnlyList<string> KeysAndValues { get; } =
        ["key", "value", "k_lin", "v_lin", "k_proj", "v_proj", "k", "v", "c_attn"];

    /// <summary>The last layers of feed-forward networks under the names that different architectures have for them.</summary>
    public static IReadOnlyList<string> LastOfFeedForward { get; } = ["output.dense", "lin2", "fc2", "wo", "mlp.c_proj", "output_dense"];

    /// <summary>Which of the targets have their inputs scaled instead of their outputs, by the last parts of their names. Default:
    /// <see cref="LastOfFeedForward"/>.</summary>
    public IReadOnlyList<string> FeedForwardTargets { get; init; } = LastOfFeedForward;

    internal override string Method => "(IA)3";

    /// <inheritdoc/>
    internal override void Validate()
    {
        base.Validate();
        ArgumentNullException.ThrowIfNull(FeedForwardTargets);
    }

    private protected override SideBranch Beside(WeightLayer layer, string name)
        => new Ia3Branch(layer, LayerNames.EndsIn(name, FeedForwardTargets));
}
