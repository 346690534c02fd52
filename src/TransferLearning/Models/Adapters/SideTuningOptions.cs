namespace TransferLearning;

/// <summary>A small network beside the frozen backbone, whose outputs are blended with the backbone's features by a learned share (Zhang et
/// al., "Side-Tuning", 2020). For networks for images that give one vector for each image before the head.</summary>
public sealed record SideTuningOptions : AdapterOptions
{
    /// <summary>The side network's name in the catalogue. Default: <c>mobilenet_v3_small</c>.</summary>
    public string SideNetwork { get; init; } = "mobilenet_v3_small";

    /// <summary>Whether the side network begins as a copy of the backbone, which is of the same architecture then; else with weights of its
    /// own. Default: false.</summary>
    public bool CopiesBackbone { get; init; }

    internal override string Method => "side tuning";

    /// <inheritdoc/>
    internal override void Validate() => ArgumentException.ThrowIfNullOrEmpty(SideNetwork);

    /// <inheritdoc/>
    internal override void Attach(AdapterSite site)
    {
        if (site.Network is not ImageNetwork network)
        {
            throw new ArgumentException(
                $"Side tuning is for networks for images, and {site.Network.GetName()} is none. Use LoraOptions or BottleneckOptions.");
        }

        if (network.AuxiliaryHeads.Count > 0 || network.HeadModules.Count == 0 || network.FinalLayer is Conv2d)
        {
            throw new ArgumentException(
                $"The head of {network.GetName()} {(network.AuxiliaryHeads.Count > 0 ? "has auxiliary ones" : "takes maps")}; side tuning "
                    + "blends one vector for each image. Choose another network, or LoraOptions.");
        }

        ModelVariant variant = ModelCatalog.Get(SideNetwork);
        if (CopiesBackbone && variant.Name != network.GetName())
        {
            throw new ArgumentException(
                $"{nameof(CopiesBackbone)} needs a side network of the backbone's architecture; set {nameof(SideNetwork)} to "
                    + $"{network.GetName()}, not {variant.Name}.");
        }

        long channels = AdapterPlan.OwnModules(network).Select(entry => entry.Module).OfType<Conv2d>().First().Weight.size(1);
        ImageNetwork side = variant.Build(new NetworkOptions { Classes = network.FeatureCount, InputChannels = (int)channels });
        try
        {
            SideNetworkBranch branch = new(side, CopiesBackbone ? network : null);
            RequireSameNames(network, side);
            site.Put(network.InputAdapters, branch);
        }
        catch
        {
            side.Dispose();
            throw;
        }
    }

    private void RequireSameNames(ImageNetwork network, ImageNetwork side)
    {
        Dictionary<string, Tensor> own = new(side.State());
        string? other = !CopiesBackbone
            ? null
            : network.State().Where(entry => !network.IsInHead(entry.Key) && !AdapterPlan.IsAdapterWeight(entry.Key)).FirstOrDefault(
                entry => !own.TryGetValue(entry.Key, out Tensor? there) || !there.shape.SequenceEqual(entry.Value.shape)).Key;
        if (other is not null)
        {
            throw new ArgumentException(
                $"The backbone is built with other options than the published {SideNetwork} ('{other}' differs), so it cannot be copied.");
        }
    }
}
