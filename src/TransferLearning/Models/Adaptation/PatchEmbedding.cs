namespace TransferLearning;

/// <summary>The first stage of a network, where it cuts images into patches.</summary>
internal static class PatchEmbedding
{
    // Patches are this many pixels apart or more, and overlap by less than half.
    private const int SmallestPatch = 4;

    /// <summary>The stage and the name of the filters in it; null where the network begins otherwise.</summary>
    public static (NetworkStage Stage, string Filters)? Of(Network network)
    {
        NetworkStage first = network.Stages[0];
        foreach ((string name, nn.Module module) in network.named_modules())
        {
            (long Size, long Apart)? filters = module switch
            {
                Conv2d own => (own.Weight.size(2), own.Geometry.Stride[0]),
                TorchSharp.Modules.Conv2d foreign => (foreign.weight.size(2), foreign.stride[0]),
                _ => null,
            };
            if (filters is var (size, apart) && first.Holds(name))
            {
                return apart >= SmallestPatch && size < 2 * apart ? (first, $"{name}.weight") : null;
            }
        }

        return null;
    }
}
