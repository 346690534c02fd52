namespace TransferLearning;

/// <summary>What the Inception networks do with images that were normalised for ImageNet, while their weights want -1 to 1.</summary>
internal static class InceptionInput
{
    /// <summary>The option, checked: it is defined for red, green and blue alone.</summary>
    /// <exception cref="ArgumentException">The network is built for another number of channels.</exception>
    public static bool Transforms(string network, NetworkOptions options)
    {
        bool transforms = options.TransformInput ?? false;
        if (transforms && options.InputChannels != 3)
        {
            throw new ArgumentException(
                $"{network}: TransformInput is defined for 3 channels, and InputChannels is {options.InputChannels}; leave one of the two "
                    + "out.",
                nameof(options));
        }

        return transforms;
    }

    /// <summary>Undoes ImageNet's normalisation and spreads 0..1 to -1..1: x std / 0.5 + (mean - 0.5) / 0.5, channel by channel.</summary>
    /// <param name="images">[N, 3, H, W].</param>
    /// <returns>[N, 3, H, W]; the caller disposes it.</returns>
    public static Tensor ToSymmetricRange(Tensor images)
    {
        (ChannelValues mean, ChannelValues std) = (ChannelValues.ImageNetMean, ChannelValues.ImageNetStd);
        using Tensor scale = PerChannel(std.Red / 0.5, std.Green / 0.5, std.Blue / 0.5, images);
        using Tensor shift = PerChannel((mean.Red - 0.5) / 0.5, (mean.Green - 0.5) / 0.5, (mean.Blue - 0.5) / 0.5, images);
        return images.mul(scale).AddInPlace(shift);
    }

    /// <summary>The steps of a network, the input transformed first where the option says so.</summary>
    public static IReadOnlyList<BackboneStep> Before(bool transforms, IReadOnlyList<BackboneStep> steps)
        => transforms ? [new BackboneStep(steps[0].Stage, ToSymmetricRange), .. steps] : steps;

    private static Tensor PerChannel(double red, double green, double blue, Tensor like)
        => tensor([red, green, blue], [1, 3, 1, 1], dtype: like.dtype, device: like.device);
}
