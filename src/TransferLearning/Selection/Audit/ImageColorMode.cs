namespace TransferLearning;

/// <summary>How an image file stores its colours, by its header.</summary>
internal static class ImageColorMode
{
    /// <summary>What is said of files whose header does not say it.</summary>
    public const string Color = "colour";

    private const string Grey = "grey";
    private static ReadOnlySpan<byte> PngStart => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    /// <summary>The mode; <see cref="Color"/> where nothing else is known.</summary>
    public static string Of(ReadOnlySpan<byte> file)
    {
        if (file.StartsWith(PngStart) && file.Length > 25)
        {
            string kind = file[25] switch
            {
                0 => Grey,
                3 => "palette",
                4 => "grey with transparency",
                6 => "colour with transparency",
                _ => Color,
            };
            return file[24] switch { 16 => $"16-bit {kind}", 1 when file[25] == 0 => "black and white", _ => kind };
        }

        if (JpegMarkers.Is(file))
        {
            int at = 2;
            while (JpegMarkers.NextHeader(file, ref at, out byte marker, out ReadOnlySpan<byte> body))
            {
                bool isFrame = marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC);
                if (isFrame && body.Length > 5)
                {
                    return body[5] switch { 1 => Grey, 4 => "CMYK", _ => Color };
                }
            }
        }

        return GifImage.Is(file) ? "palette" : Color;
    }

    /// <summary>Whether a mode can hold no colours.</summary>
    public static bool IsGrey(string mode)
        => mode.Contains(Grey, StringComparison.Ordinal) || mode == "black and white";
}
