namespace TransferLearning;

/// <summary>Small networks in the blocks of a transformer, from its width to a fraction of it and back, whose outputs are added (Houlsby et
/// al., 2019; Pfeiffer et al., 2020), in the forms of AdapterHub.</summary>
public sealed record BottleneckOptions : AdapterOptions
{
    /// <summary>Where they stand. Default: <see cref="BottleneckForm.Pfeiffer"/>.</summary>
    public BottleneckForm Form { get; init; } = BottleneckForm.Pfeiffer;

    /// <summary>How many times wider a block is than the small network inside. Default: 16.</summary>
    public int ReductionFactor { get; init; } = 16;

    /// <summary>How many elements a token has in the small network; null for the block's width / <see cref="ReductionFactor"/>, and at
    /// least 1. Default: null.</summary>
    public int? Width { get; init; }

    /// <summary>The function between its layers, under the name that a <c>config.json</c> has for it: <c>relu</c>, <c>silu</c>,
    /// <c>gelu</c>, …; null for that of the <see cref="Form"/>.</summary>
    public string? Activation { get; init; }

    internal override string Method => "bottleneck adapter";

    /// <inheritdoc/>
    internal override void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(ReductionFactor);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Width ?? 1, nameof(Width));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Width ?? 1, Largest, nameof(Width));
        if (!Enum.IsDefined(Form))
        {
            throw new ArgumentOutOfRangeException(nameof(Form), Form, "There is no such form.");
        }

        try
        {
            ActivationFunctions.Named(Function);
        }
        catch (NotSupportedException exception)
        {
            throw new ArgumentException(exception.Message, nameof(Activation), exception);
        }
    }

    private string Function => Activation ?? (Form == BottleneckForm.Houlsby ? "silu" : "relu");

    /// <inheritdoc/>
    internal override void Attach(AdapterSite site)
    {
        IReadOnlyList<ITransformerBlock> blocks = AdapterPlan.RequireBlocks(site.Network, Method);
        bool isHoulsby = Form == BottleneckForm.Houlsby;
        foreach (ITransformerBlock block in blocks)
        {
            long inner = Width ?? Math.Max(1, block.Width / ReductionFactor);
            site.Put(
                block.Branches,
                new BottleneckBranch(block.Width, inner, ActivationFunctions.Named(Function), isHoulsby, seesSum: !isHoulsby));
        }
    }
}
