namespace TransferLearning;

/// <summary>One number for each colour channel.</summary>
/// <param name="Red">The red channel's number.</param>
/// <param name="Green">The green channel's number.</param>
/// <param name="Blue">The blue channel's number.</param>
public readonly record struct ChannelValues(float Red, float Green, float Blue)
{
    /// <summary>The mean of ImageNet's training images.</summary>
    public static ChannelValues ImageNetMean { get; } = new(0.485f, 0.456f, 0.406f);

    /// <summary>The standard deviation of ImageNet's training images.</summary>
    public static ChannelValues ImageNetStd { get; } = new(0.229f, 0.224f, 0.225f);
}
