namespace TransferLearning;

/// <summary>
/// Makes an image worse in one of ten ways and five strengths, to measure what a model is worth on images unlike those it was trained on
/// (Hendrycks and Dietterich, 2019).
/// </summary>
/// <remarks>Strengths are those of the paper's sets: for images of up to 64 pixels on the shorter side those of CIFAR-10-C, which is made
/// for 32 pixels, for larger ones those of ImageNet-C, made for 224. So it belongs behind the steps that resize and crop
/// (<see cref="ImagePipeline.Then"/>); on photos in the size of their files it does much less. It is in the spirit of those sets and gives
/// not their pixels: draws are this library's. What is drawn for a sample depends on the seed and its number alone.</remarks>
public sealed class Corruption : ImageTransform
{
    private const int LargestSmallSide = 64;

    private readonly CorruptionKind _kind;
    private readonly int _severity;
    private readonly Lazy<PoissonLevels> _smallQuanta, _largeQuanta;

    /// <summary>Creates the transform.</summary>
    /// <param name="kind">What goes wrong.</param>
    /// <param name="severity">How much, from 1 to 5.</param>
    public Corruption(CorruptionKind kind, int severity)
    {
        if (!Enum.IsDefined(kind))
        {
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "There is no such corruption.");
        }

        ArgumentOutOfRangeException.ThrowIfLessThan(severity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(severity, 5);
        (_kind, _severity) = (kind, severity);
        _smallQuanta = new Lazy<PoissonLevels>(() => new PoissonLevels(Pick([500, 250, 100, 75, 50])));
        _largeQuanta = new Lazy<PoissonLevels>(() => new PoissonLevels(Pick([60, 25, 12, 5, 3])));
    }

    /// <inheritdoc/>
    public override bool IsRandom
        => _kind is CorruptionKind.GaussianNoise or CorruptionKind.ShotNoise or CorruptionKind.ImpulseNoise or CorruptionKind.Fog
            or CorruptionKind.Rotation;

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(CultureInfo.InvariantCulture, $"Corruption({_kind},{_severity})");

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        bool isSmall = Math.Min(image.Width, image.Height) <= LargestSmallSide;
        return _kind switch
        {
            CorruptionKind.GaussianNoise => GaussianNoise(
                image, isSmall ? Pick([0.04, 0.06, 0.08, 0.09, 0.10]) : Pick([0.08, 0.12, 0.18, 0.26, 0.38]), ref random),
            CorruptionKind.ShotNoise => ShotNoise(image, (isSmall ? _smallQuanta : _largeQuanta).Value, ref random),
            CorruptionKind.ImpulseNoise => ImpulseNoise(
                image, isSmall ? Pick([0.01, 0.02, 0.03, 0.05, 0.07]) : Pick([0.03, 0.06, 0.09, 0.17, 0.27]), ref random),
            CorruptionKind.GaussianBlur => Blur(image, isSmall ? Pick([0.4, 0.6, 0.7, 0.8, 1]) : Pick([1, 2, 3, 4, 6]), ref random),
            CorruptionKind.Fog => isSmall
                ? Fog(image, Pick([0.2, 0.5, 0.75, 1, 1.5]), Pick([3, 3, 2.5, 2, 1.75]), ref random)
                : Fog(image, Pick([1.5, 2, 2.5, 2.5, 3]), Pick([2, 2, 1.7, 1.5, 1.4]), ref random),
            CorruptionKind.Brightness => Lighten(image, isSmall ? Pick([0.05, 0.1, 0.15, 0.2, 0.3]) : Pick([0.1, 0.2, 0.3, 0.4, 0.5])),
            CorruptionKind.Contrast => new Contrast(
                isSmall ? Pick([0.75, 0.5, 0.4, 0.3, 0.15]) : Pick([0.4, 0.3, 0.2, 0.1, 0.05])).Apply(image, ref random),
            CorruptionKind.Pixelate => Pixelate(
                image, isSmall ? Pick([0.95, 0.9, 0.85, 0.75, 0.65]) : Pick([0.6, 0.5, 0.4, 0.3, 0.25]), ref random),
            CorruptionKind.Jpeg => Compress(image, (int)(isSmall ? Pick([80, 65, 58, 50, 40]) : Pick([25, 18, 15, 10, 7]))),
            _ => Turn(ref random).Apply(image, ref random),
        };
    }

    /// <inheritdoc/>
    public override void Apply(ImageSample sample, ref SeededRandom random)
    {
        if (_kind == CorruptionKind.Rotation)
        {
            Turn(ref random).Apply(sample, ref random);
            return;
        }

        base.Apply(sample, ref random);
    }

    private double Pick(ReadOnlySpan<double> strengths) => strengths[_severity - 1];

    private Rotate Turn(ref SeededRandom random)
    {
        double degrees = Pick([8, 16, 24, 32, 40]);
        return new Rotate(random.NextBoolean(0.5) ? degrees : -degrees, Interpolation.Bilinear);
    }

    private static ImagePixels GaussianNoise(ImagePixels image, double deviation, ref SeededRandom random)
    {
        Span<byte> bytes = image.Bytes;
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = IsUnused(i) ? bytes[i] : Level(bytes[i] + (255 * deviation * random.NextGaussian()));
        }

        return image;
    }

    private static ImagePixels ShotNoise(ImagePixels image, PoissonLevels levels, ref SeededRandom random)
    {
        Span<byte> bytes = image.Bytes;
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = IsUnused(i) ? bytes[i] : Level(levels.Draw(bytes[i], ref random));
        }

        return image;
    }

    private static ImagePixels ImpulseNoise(ImagePixels image, double share, ref SeededRandom random)
    {
        Span<byte> bytes = image.Bytes;
        for (int i = 0; i < bytes.Length; i++)
        {
            if (!IsUnused(i) && random.NextDouble() is double draw && draw < share)
            {
                bytes[i] = draw < share / 2 ? (byte)0 : byte.MaxValue;
            }
        }

        return image;
    }

    private static ImagePixels Blur(ImagePixels image, double sigma, ref SeededRandom random)
        => new GaussianBlur((2 * (int)Math.Ceiling(4 * sigma)) + 1, sigma).Apply(image, ref random);

    private static ImagePixels Fog(ImagePixels image, double strength, double decay, ref SeededRandom random)
    {
        PlasmaFractal clouds = new(Math.Max(image.Width, image.Height), decay, ref random);
        Span<byte> bytes = image.Bytes;
        double brightest = 0;
        for (int i = 0; i < bytes.Length; i++)
        {
            brightest = IsUnused(i) ? brightest : Math.Max(brightest, bytes[i]);
        }

        // The brightest level stays what it was.
        double scale = brightest / (brightest + (255 * strength));
        for (int y = 0; y < image.Height; y++)
        {
            for (int x = 0; x < image.Width; x++)
            {
                Span<byte> pixel = bytes.Slice((y * image.Stride) + (x * ImagePixels.BytesPerPixel), 3);
                double fog = 255 * strength * clouds[x, y];
                (pixel[0], pixel[1], pixel[2])
                    = (Level((pixel[0] + fog) * scale), Level((pixel[1] + fog) * scale), Level((pixel[2] + fog) * scale));
            }
        }

        return image;
    }

    // A higher value at the same hue and saturation is the same colour times a number.
    private static ImagePixels Lighten(ImagePixels image, double more)
    {
        Span<byte> bytes = image.Bytes;
        for (int i = 0; i < bytes.Length; i += ImagePixels.BytesPerPixel)
        {
            Span<byte> pixel = bytes.Slice(i, 3);
            double value = Math.Max(pixel[0], Math.Max(pixel[1], pixel[2]));
            double lighter = Math.Min(255, value + (255 * more));
            foreach (ref byte level in pixel)
            {
                level = Level(value > 0 ? level * lighter / value : lighter);
            }
        }

        return image;
    }

    private static ImagePixels Pixelate(ImagePixels image, double share, ref SeededRandom random)
    {
        (int width, int height) = image.StoredSize;
        int Less(int side) => Math.Max(1, (int)(side * share));
        image = new Resize(Less(height), Less(width), Interpolation.Box).Apply(image, ref random);
        return new Resize(height, width, Interpolation.Box).Apply(image, ref random);
    }

    private static ImagePixels Compress(ImagePixels image, int quality)
    {
        using (image)
        {
            return new SkiaImageCodec().Decode(ImageEncoder.ToJpeg(image, quality), nameof(Corruption));
        }
    }

    // The fourth byte of a pixel has no meaning.
    private static bool IsUnused(int place) => place % ImagePixels.BytesPerPixel == ImagePixels.BytesPerPixel - 1;

    private static byte Level(double value) => (byte)Math.Clamp(Math.Round(value), 0, 255);
}
