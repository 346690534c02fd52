namespace TransferLearning;

/// <summary>What of a network gives the same for a sample in every epoch, because nothing in it is trained or drawn: all before a stage, or
/// all before the head.</summary>
/// <param name="Network">The network.</param>
/// <param name="Stage">The stage that follows, one of <see cref="Network.Divisions"/>; null for the head.</param>
internal sealed record FrozenPart(Network Network, string? Stage = null)
{
    /// <summary>The longest such part of a network; null where there is none.</summary>
    /// <param name="network">The network; what requires a gradient is trained.</param>
    /// <param name="freezesStatistics">Whether frozen batch norms keep their statistics.</param>
    public static FrozenPart? Of(Network network, bool freezesStatistics)
    {
        if (!freezesStatistics || network.HeadKind != HeadKind.Pooled)
        {
            return null;
        }

        string[] trained =
        [
            .. network.named_parameters()
                .Where(entry => entry.parameter.requires_grad && !network.IsInHead(entry.name))
                .Select(entry => entry.name),
        ];
        return trained.Length == 0
            ? new FrozenPart(network)
            : network.InputAdapter is not null ? null // what an adapter adds where inputs enter reaches beyond any stage
            : network.Divisions.Reverse().Select(stage => new FrozenPart(network, stage)).FirstOrDefault(
                part => trained.All(part.IsAfter) && !part.Draws);
    }

    /// <summary>Whether something among the stages, but in none of them, would draw in training; at the top there is only what belongs to
    /// the head.</summary>
    private bool Draws => Network.named_modules().Any(
        entry => entry.module is (Dropout { Probability: > 0 } or StochasticDepth { Probability: > 0 }) && entry.name.Contains('.')
            && !Network.IsInHead(entry.name) && !Network.Stages.Any(stage => stage.Holds(entry.name)));

    /// <summary>What it gives for examples: what enters the stage; or the head, one vector or map for each example.</summary>
    /// <param name="input">The examples; they stay the caller's.</param>
    public Tensor Forward(ModelInput input)
        => Stage is null ? Network.ForwardPooled(input) : Network.ForwardBefore(Stage, input);

    /// <summary>Whether a parameter or buffer takes part in what it gives.</summary>
    public bool Holds(string name)
        => !Network.IsInHead(name) && !Network.AuxiliaryHeads.Any(head => new NetworkStage(head).Holds(name))
            && (Stage is null || !IsAfter(name));

    /// <summary>How the rest runs on what it gave: <see cref="FeatureInput"/>.</summary>
    public ForwardPass Rest(Device device) => new(
        Network,
        device,
        input => input is FeatureInput known && Stage is not null
            ? Network.ForwardFrom(Stage, known.Values, known.Examples)
            : ((FeatureInput)input).Values.alias());

    /// <inheritdoc/>
    public override string ToString() => Stage is null ? "the backbone" : $"everything before '{Stage}'";

    private bool IsAfter(string name) => Network.Stages.SkipWhile(stage => stage.Name != Stage).Any(stage => stage.Holds(name));
}
