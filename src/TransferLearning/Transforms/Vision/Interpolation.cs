namespace TransferLearning;

/// <summary>How pixels between pixels are found when an image is resized (Pillow's antialiased filters).</summary>
public enum Interpolation
{
    /// <summary>The nearest pixel.</summary>
    Nearest,

    /// <summary>A triangle filter.</summary>
    Bilinear,

    /// <summary>Keys' cubic filter with a = -0.5, as Pillow has it.</summary>
    Bicubic,

    /// <summary>The plain mean of the pixels that an output pixel covers.</summary>
    Box,

    /// <summary>A sinc under a Hamming window of radius 1: as soft as bilinear, but sharper.</summary>
    Hamming,

    /// <summary>A sinc under a sinc window of radius 3.</summary>
    Lanczos,
}
