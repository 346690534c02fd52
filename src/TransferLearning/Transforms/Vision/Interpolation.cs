namespace TransferLearning;

/// <summary>How pixels between pixels are found when a picture is resized (Pillow's antialiased filters).</summary>
public enum Interpolation
{
    /// <summary>The nearest pixel.</summary>
    Nearest,

    /// <summary>A triangle filter.</summary>
    Bilinear,

    /// <summary>Keys' cubic filter with a = -0.5, as Pillow has it.</summary>
    Bicubic,
}
