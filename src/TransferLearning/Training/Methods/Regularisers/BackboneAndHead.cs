namespace TransferLearning;

/// <summary>The parameters of a network that are trained; they stay the network's.</summary>
/// <param name="Backbone">Those that began with what others trained.</param>
/// <param name="Head">Those of the head and of auxiliary heads.</param>
internal sealed record BackboneAndHead(IReadOnlyList<Tensor> Backbone, IReadOnlyList<Tensor> Head)
{
    /// <summary>Those of a network as it is now.</summary>
    public static BackboneAndHead Of(Network network)
    {
        NetworkStage auxiliary = new("auxiliary", network.AuxiliaryHeads);
        ILookup<bool, Tensor> parts = network.named_parameters()
            .Where(entry => entry.parameter.requires_grad)
            .ToLookup(entry => network.IsInHead(entry.name) || auxiliary.Holds(entry.name), entry => (Tensor)entry.parameter);
        return new BackboneAndHead([.. parts[false]], [.. parts[true]]);
    }
}
