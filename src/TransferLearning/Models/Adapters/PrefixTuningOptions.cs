namespace TransferLearning;

/// <summary>Trained keys and values before those of the tokens in every attention (Li and Liang, "Prefix-Tuning", 2021), without the
/// network that their authors train them through.</summary>
/// <remarks>Where positions are learned, the tokens' are counted from the end of the prefix, as the PEFT library has it, so that texts may
/// be that much shorter.</remarks>
public sealed record PrefixTuningOptions : AdapterOptions
{
    /// <summary>How many keys and values stand before the tokens'. Default: 20.</summary>
    public int Length { get; init; } = 20;

    internal override string Method => "prefix tuning";

    /// <inheritdoc/>
    internal override void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Length, Largest);
    }

    /// <inheritdoc/>
    internal override void Attach(AdapterSite site)
    {
        IReadOnlyList<ITransformerBlock> blocks = AdapterPlan.RequireBlocks(site.Network, Method);
        if (blocks.Any(block => block.ReadsSource))
        {
            throw new ArgumentException(
                $"{site.Network.GetName()} has an encoder and a decoder, in which prefixes mean different things; prefix tuning is for "
                    + "networks with one of them. Use LoraOptions.");
        }

        AdapterPlan.RequirePositions(site.Network, Length, Method);
        foreach (ITransformerBlock block in blocks)
        {
            site.Put(block.Branches, new PrefixBranch(block.Heads, Length, block.HeadWidth));
        }

        site.Put(site.Network.InputAdapters, new PrefixPositions(Length));
    }
}
