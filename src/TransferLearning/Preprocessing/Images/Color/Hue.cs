namespace TransferLearning;

/// <summary>
/// Turns the colours of an image around the colour circle, through eight-bit hue, saturation and value as Pillow has them.
/// </summary>
public sealed class Hue : ImageTransform
{
    private readonly double _turn;

    /// <summary>Creates the transform.</summary>
    /// <param name="turn">The part of a full turn, from -0.5 to 0.5; 0 loses only what eight-bit rounding loses.</param>
    public Hue(double turn)
    {
        if (!(turn is >= -0.5 and <= 0.5))
        {
            throw new ArgumentOutOfRangeException(nameof(turn), turn, "The turn must be from -0.5 to 0.5.");
        }

        _turn = turn;
    }

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(CultureInfo.InvariantCulture, $"Hue({_turn:R})");

    /// <inheritdoc/>
    public override ImagePixels Apply(ImagePixels image, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(image);
        byte shift = unchecked((byte)(int)(_turn * 255));
        Span<byte> bytes = image.Bytes;
        for (int i = 0; i + 3 < bytes.Length; i += 4)
        {
            Turn(bytes.Slice(i, 3), shift);
        }

        return image;
    }

    private static void Turn(Span<byte> pixel, byte shift)
    {
        int red = pixel[0], green = pixel[1], blue = pixel[2];
        int value = Math.Max(red, Math.Max(green, blue));
        int lowest = Math.Min(red, Math.Min(green, blue));
        if (value == lowest)
        {
            return;
        }

        float range = value - lowest;
        float redPart = (value - red) / range;
        float greenPart = (value - green) / range;
        float bluePart = (value - blue) / range;

        // Float and double are mixed as in the definition; each step's rounding decides about a level.
        float sixth = red == value ? bluePart - greenPart
            : green == value ? (float)(2.0 + redPart - bluePart)
            : (float)(4.0 + greenPart - redPart);
        float circle = (float)(((sixth / 6.0) + 1.0) % 1.0);
        byte hue = unchecked((byte)(Limit((int)(circle * 255.0)) + shift));
        byte saturation = Limit((int)(range / value * 255.0));
        ToRgb(hue, saturation, (byte)value, pixel);
    }

    private static void ToRgb(byte hue, byte saturation, byte value, Span<byte> pixel)
    {
        if (saturation == 0)
        {
            pixel.Fill(value);
            return;
        }

        double position = hue * 6.0 / 255.0;
        int sector = (int)position;
        float rest = (float)(position - sector);
        float strength = (float)(saturation / 255.0);
        byte low = Round(value * (1.0 - strength));
        byte falling = Round(value * (1.0 - (strength * rest)));
        byte rising = Round(value * (1.0 - (strength * (1.0 - rest))));
        (pixel[0], pixel[1], pixel[2]) = (sector % 6) switch
        {
            0 => (value, rising, low),
            1 => (falling, value, low),
            2 => (low, value, rising),
            3 => (low, falling, value),
            4 => (rising, low, value),
            _ => (value, low, falling),
        };
    }

    private static byte Round(double level) => Limit((int)Math.Round(level, MidpointRounding.AwayFromZero));
    private static byte Limit(int level) => (byte)Math.Clamp(level, 0, 255);
}
