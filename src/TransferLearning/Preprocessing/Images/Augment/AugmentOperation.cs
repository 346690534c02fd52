namespace TransferLearning;

/// <summary>One operation with one magnitude, whose meaning depends on the operation.</summary>
internal static class AugmentOperation
{
    /// <summary>Whether the magnitude may be negative: a shear or shift the other way, darker instead of lighter.</summary>
    public static bool IsSigned(AugmentKind kind) => kind is >= AugmentKind.ShearX and <= AugmentKind.Sharpness;

    /// <summary>Whether the operation has a magnitude.</summary>
    public static bool HasMagnitude(AugmentKind kind)
        => kind is not (AugmentKind.Identity or AugmentKind.AutoContrast or AugmentKind.Equalize or AugmentKind.Invert);

    public static ImageTransform? Create(AugmentKind kind, double magnitude, Interpolation interpolation, PixelColor fill) => kind switch
    {
        AugmentKind.Identity => null,
        AugmentKind.ShearX => new Affine(0, (0, 0), 1, (ShearDegrees(magnitude), 0), interpolation, fill, (0, 0)),
        AugmentKind.ShearY => new Affine(0, (0, 0), 1, (0, ShearDegrees(magnitude)), interpolation, fill, (0, 0)),
        AugmentKind.TranslateX => new Affine(0, ((int)magnitude, 0), 1, (0, 0), interpolation, fill),
        AugmentKind.TranslateY => new Affine(0, (0, (int)magnitude), 1, (0, 0), interpolation, fill),
        AugmentKind.Rotate => new Rotate(magnitude, interpolation, fill: fill),
        AugmentKind.Brightness => new Brightness(1 + magnitude),
        AugmentKind.Color => new Saturation(1 + magnitude),
        AugmentKind.Contrast => new Contrast(1 + magnitude),
        AugmentKind.Sharpness => new Sharpness(1 + magnitude),
        AugmentKind.Posterize => new Posterize((int)magnitude),
        AugmentKind.Solarize => new Solarize(magnitude),
        AugmentKind.AutoContrast => new Autocontrast(),
        AugmentKind.Equalize => new Equalize(),
        AugmentKind.Invert => new Invert(),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such operation."),
    };

    /// <summary>One of <paramref name="bins"/> equally spaced float32 numbers from <paramref name="first"/> to <paramref name="last"/>, the
    /// upper half counted from the end as PyTorch's linspace does.</summary>
    public static float Spaced(float first, float last, int index, int bins)
    {
        float step = (last - first) / (bins - 1);
        return index < bins / 2 ? first + (step * index) : last - (step * (bins - 1 - index));
    }

    /// <summary>How many bits <see cref="AugmentKind.Posterize"/> keeps: the most less up to <paramref name="lost"/>.</summary>
    public static int PosterizeBits(int index, int bins, int lost, int most = 8)
        => most - (int)MathF.Round(index / ((bins - 1) / (float)lost), MidpointRounding.ToEven);

    // The magnitude is the tangent of the angle.
    private static double ShearDegrees(double magnitude) => Math.Atan(magnitude) * (180.0 / Math.PI);
}
