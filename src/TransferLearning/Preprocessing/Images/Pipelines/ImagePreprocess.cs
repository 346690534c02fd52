namespace TransferLearning;

/// <summary>How a network wants its images in evaluation, as data: shorter side to <paramref name="Resize"/>, centre crop of
/// <paramref name="Crop"/>, divided by 255, minus <paramref name="Mean"/>, divided by <paramref name="Std"/>, channel by channel.</summary>
/// <param name="Resize">The length of the shorter side after resizing, in pixels; 0 leaves the size as it is.</param>
/// <param name="Crop">The width and height of the centre crop, in pixels: the network's input size.</param>
/// <param name="Mean">The mean of red, green and blue, in units of 0 to 1.</param>
/// <param name="Std">The standard deviation of red, green and blue, in units of 0 to 1.</param>
/// <param name="Interpolation">The filter used to resize.</param>
public sealed record ImagePreprocess(
    int Resize, int Crop, ChannelValues Mean, ChannelValues Std, Interpolation Interpolation = Interpolation.Bilinear)
{
    /// <summary>What torchvision's classifiers want unless they say otherwise: 256, 224, ImageNet's mean and deviation.</summary>
    public static ImagePreprocess ImageNet { get; } = new(256, 224, ChannelValues.ImageNetMean, ChannelValues.ImageNetStd);

    /// <summary>What TensorFlow's MobileNets are trained with: pixels from -1 to 1.</summary>
    public static ImagePreprocess MinusOneToOne { get; } = new(256, 224, new(0.5f, 0.5f, 0.5f), new(0.5f, 0.5f, 0.5f));
}
