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
            if (module is Conv2d convolution && first.Holds(name))
            {
                (long size, long apart) = (convolution.Weight.size(2), convolution.Geometry.Stride[0]);
                return apart >= SmallestPatch && size < 2 * apart ? (first, $"{name}.weight") : null;
            }
        }

        return null;
    }
}
