using SkiaSharp;

namespace TransferLearning;

/// <summary>Decodes JPEG, PNG, WebP, BMP and ICO with Skia, and GIF (first frame) and portable maps (PPM, PGM, PBM) with small readers of
/// its own; the content decides, not the file name.</summary>
/// <remarks>The usual kind of JPEG file (sequential, grey or YCbCr) is decoded by this library's own vector code where the CPU has AVX2, to
/// the same pixels; <see cref="ImageDecodeOptions.UseVectorJpeg"/> switches that off. The stored colour values are taken as they are: no
/// colour profile is applied, transparency is dropped and not blended (a transparent pixel keeps its colour), grey is repeated in all three
/// channels, and CMYK becomes RGB. PNG files of 16 bits and portable maps of more than 256 levels keep 16 bits
/// (<see cref="ImagePixels.Samples"/>). Read as <see cref="ImagePixels.Bytes"/>, these are the pixels Python's imaging library gives for
/// <c>convert("RGB")</c>, except that the image is turned upright first, as its <c>exif_transpose</c> does, and that a portable grey map of
/// more than 256 levels is spread over 0 to 255 where that library cuts it off. May be used by several threads at once.</remarks>
public sealed class SkiaImageCodec : IImageCodec
{
    private readonly ImageDecodeOptions _options;

    /// <summary>Makes a codec.</summary>
    /// <param name="options">What to accept; null means the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">The limit of pixels is not positive.</exception>
    public SkiaImageCodec(ImageDecodeOptions? options = null)
    {
        _options = options ?? new ImageDecodeOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.MaximumPixels, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.ReducedShorterSide ?? 1, nameof(options));
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions => IImageCodec.UsualExtensions;

    /// <summary>The codec's name and what of its options changes pixels.</summary>
    public override string ToString()
        => _options.ReducedShorterSide is { } side ? $"{nameof(SkiaImageCodec)}(shorter side {side} or more)" : nameof(SkiaImageCodec);

    /// <inheritdoc/>
    public ImagePixels Decode(ReadOnlyMemory<byte> encoded, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (encoded.IsEmpty)
        {
            throw new MediaException(name, $"'{name}' is empty: expected an image file.");
        }

        if (PortableImage.Is(encoded.Span))
        {
            return PortableImage.Decode(encoded.Span, name, _options);
        }

        if (GifImage.Is(encoded.Span))
        {
            return GifImage.Decode(encoded.Span, name, _options);
        }

        if (DeepPng.Is(encoded.Span))
        {
            return ImageOrientation.Upright(DeepPng.Decode(encoded, name, _options), ExifOrientation.Of(encoded.Span));
        }

        ImagePixels? usual = _options.UseVectorJpeg ? BaselineJpeg.Decode(encoded.Span, Whole) : null;
        return ImageOrientation.Upright(usual ?? ByCodec(encoded, name), ExifOrientation.Of(encoded.Span));

        // Null where the image is to be reduced.
        ImagePixels? Whole(int width, int height)
        {
            if (Eighths(width, height) < 8)
            {
                return null;
            }

            _options.CheckSize(name, width, height);
            return new ImagePixels(width, height);
        }
    }

    // Apart from the usual, so that a program that decodes nothing else does not load Skia's library.
    private unsafe ImagePixels ByCodec(ReadOnlyMemory<byte> encoded, string name)
    {
        encoded = BitmapHeader.IsMissing(encoded.Span) ? BitmapHeader.Added(encoded.Span) : encoded;
        using MemoryHandle pinned = encoded.Pin();
        using SKData data = SKData.Create((nint)pinned.Pointer, encoded.Length);
        using SKCodec codec = SKCodec.Create(data) ?? throw Unreadable(encoded.Span, name);
        return Decode(codec, encoded.Span, name);
    }

    private ImagePixels Decode(SKCodec codec, ReadOnlySpan<byte> encoded, string name)
    {
        SKImageInfo stored = codec.Info;
        _options.CheckSize(name, stored.Width, stored.Height);

        // An opaque target would be refused for an image with transparency, and a premultiplied one would darken it.
        SKAlphaType alpha = stored.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul;
        bool isJpeg = codec.EncodedFormat == SKEncodedImageFormat.Jpeg;
        int eighths = isJpeg ? Eighths(stored.Width, stored.Height) : 8;
        SKSizeI size = eighths < 8 ? codec.GetScaledDimensions(eighths / 8f) : stored.Size;
        SKImageInfo wanted = new(size.Width, size.Height, SKColorType.Rgba8888, alpha);
        ImagePixels image = new(size.Width, size.Height) { ReducedFrom = eighths < 8 ? (stored.Width, stored.Height, eighths) : null };
        try
        {
            // Skia makes up what a JPEG file lacks and reports success.
            SKCodecResult result = isJpeg && !_options.AcceptTruncated && !JpegMarkers.HasEnd(encoded)
                ? SKCodecResult.IncompleteInput
                : GetPixels(codec, wanted, image);
            if (result == SKCodecResult.Success || (result == SKCodecResult.IncompleteInput && _options.AcceptTruncated))
            {
                return image;
            }

            throw result == SKCodecResult.IncompleteInput
                ? MediaException.Truncated(name)
                : new MediaException(
                    name, $"'{name}' is a damaged {codec.EncodedFormat} image of {stored.Width} x {stored.Height}: {result}.");
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>How many eighths of its sides a JPEG file is decoded at: as few as are allowed, as libjpeg rounds them; eight where
    /// nothing is.</summary>
    private int Eighths(int width, int height)
    {
        int eighths = 1;
        while (eighths < 8 && !(((Math.Min(width, height) * eighths) + 7) / 8 >= _options.ReducedShorterSide))
        {
            eighths++;
        }

        return eighths;
    }

    private static unsafe SKCodecResult GetPixels(SKCodec codec, SKImageInfo wanted, ImagePixels image)
    {
        fixed (byte* pixels = image.Bytes)
        {
            return codec.GetPixels(wanted, (nint)pixels, image.Stride, SKCodecOptions.Default);
        }
    }

    private static MediaException Unreadable(ReadOnlySpan<byte> bytes, string name)
    {
        const string Readable = "JPEG, PNG, WebP, GIF, BMP or a portable map (PPM, PGM, PBM)";
        string? kind = JpegMarkers.Is(bytes) ? "JPEG"
            : bytes.StartsWith<byte>([0x89, (byte)'P', (byte)'N', (byte)'G']) ? "PNG"
            : bytes.StartsWith("RIFF"u8) && bytes.Length >= 12 && bytes[8..].StartsWith("WEBP"u8) ? "WebP"
            : bytes.StartsWith("BM"u8) ? "BMP"
            : null;
        if (kind is not null)
        {
            return new MediaException(
                name, $"'{name}' is a damaged {kind} image: its {bytes.Length} bytes have no whole header. Copy the file again.");
        }

        return new MediaException(name, ForeignFormat.Describe(bytes, name) is { } known
            ? $"'{name}' is no image that can be read: {known} What can be read is {Readable}."
            : $"'{name}' is no image that can be read: expected {Readable}, "
                + $"found {bytes.Length} bytes that begin with {Convert.ToHexString(bytes[..Math.Min(8, bytes.Length)])}.");
    }
}
