namespace TransferLearning;

/// <summary>How a heat map over an image looks.</summary>
public sealed record OverlayOptions
{
    /// <summary>How much the strongest places hide of the image, 0 to 1. Default: 0.75.</summary>
    public double Opacity { get; init; } = 0.75;

    /// <summary>
    /// By which whole number the image is enlarged. Default: null, as much as makes its shorter side at least 192 pixels; 1 leaves the
    /// pixels that the network saw.
    /// </summary>
    public int? Scale { get; init; }

    internal void Validate()
    {
        if (Opacity is not (>= 0 and <= 1) || Scale is not (null or (>= 1 and <= 64)))
        {
            throw new ArgumentException($"The opacity is {Opacity} and the scale {Scale}; expected 0 to 1, and 1 to 64.");
        }
    }
}
