namespace TransferLearning;

/// <summary>What goes wrong with images between training and use (Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to
/// Common Corruptions and Perturbations", 2019; rotation is not of that set).</summary>
public enum CorruptionKind
{
    /// <summary>Normal noise in every channel: a sensor in low light.</summary>
    GaussianNoise,

    /// <summary>Poisson noise: the light itself comes in quanta.</summary>
    ShotNoise,

    /// <summary>Single channels of single pixels are 0 or 255: errors of bits.</summary>
    ImpulseNoise,

    /// <summary>A Gaussian blur.</summary>
    GaussianBlur,

    /// <summary>Clouds of fog, a plasma fractal, over the image.</summary>
    Fog,

    /// <summary>More light: a higher value in hue, saturation and value.</summary>
    Brightness,

    /// <summary>Less contrast.</summary>
    Contrast,

    /// <summary>Fewer, larger pixels.</summary>
    Pixelate,

    /// <summary>Strong JPEG compression.</summary>
    Jpeg,

    /// <summary>The camera is not level: a rotation to either side, black corners.</summary>
    Rotation,
}
