using System.Buffers;
using SkiaSharp;

namespace TransferLearning;

/// <summary>
/// Decodes JPEG, PNG, WebP, GIF (first frame), BMP and ICO with Skia; the content decides, not the file name.
/// </summary>
/// <remarks>
/// The usual kind of JPEG file (sequential, grey or YCbCr) is decoded by this library's own vector code where the processor has AVX2, to the same
/// pixels.
/// The stored colour values are taken as they are: no colour profile is applied, transparency is dropped and not blended,
/// grey is repeated in all three channels, CMYK becomes RGB, and 16 bits become 8. These are the pixels Python's imaging
/// library gives for <c>convert("RGB")</c>, except that the image is turned upright first. May be used by several
/// threads at once.
/// </remarks>
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

    /// <summary>The codec's name and what of its options changes pixels.</summary>
    public override string ToString()
        => _options.ReducedShorterSide is { } side ? $"{nameof(SkiaImageCodec)}(shorter side {side} or more)" : nameof(SkiaImageCodec);

    /// <summary>Whether Skia decodes what this library's own decoder could: for comparing the two.</summary>
    internal bool SkiaAlone { get; init; }

    /// <inheritdoc/>
    public unsafe ImagePixels Decode(ReadOnlyMemory<byte> encoded, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (encoded.IsEmpty)
        {
            throw new MediaException(name, $"'{name}' is empty: expected an image file.");
        }

        using MemoryHandle pinned = encoded.Pin();
        using SKData data = SKData.Create((nint)pinned.Pointer, encoded.Length);
        using SKCodec codec = SKCodec.Create(data) ?? throw new MediaException(
            name, $"'{name}' is no image that can be read: expected JPEG, PNG, WebP, GIF or BMP, found {Describe(encoded.Span)}.");
        return ImageOrientation.Upright(Decode(codec, encoded.Span, name), codec.EncodedOrigin);
    }

    private ImagePixels Decode(SKCodec codec, ReadOnlySpan<byte> encoded, string name)
    {
        SKImageInfo stored = codec.Info;
        long pixels = (long)stored.Width * stored.Height;
        long limit = Math.Min(_options.MaximumPixels, Array.MaxLength / ImagePixels.BytesPerPixel);
        if (stored.Width <= 0 || stored.Height <= 0 || pixels > limit)
        {
            throw new MediaException(
                name,
                $"'{name}' claims {stored.Width} x {stored.Height} pixels, more than the limit of {limit}. " +
                $"If the image is meant to be so large, raise {nameof(ImageDecodeOptions)}.{nameof(ImageDecodeOptions.MaximumPixels)}.");
        }

        // An opaque target would be refused for an image with transparency, and a premultiplied one would darken it.
        SKAlphaType alpha = stored.AlphaType == SKAlphaType.Opaque ? SKAlphaType.Opaque : SKAlphaType.Unpremul;
        (SKSizeI size, int eighths) = Reduced(codec);
        SKImageInfo wanted = new(size.Width, size.Height, SKColorType.Rgba8888, alpha);
        ImagePixels image = new(size.Width, size.Height) { ReducedFrom = eighths < 8 ? (stored.Width, stored.Height, eighths) : null };
        try
        {
            if (codec.EncodedFormat == SKEncodedImageFormat.Jpeg && !SkiaAlone && size == stored.Size && BaselineJpeg.TryDecode(encoded, image))
            {
                return image;
            }

            SKCodecResult result = GetPixels(codec, wanted, image);
            if (result == SKCodecResult.Success || (result == SKCodecResult.IncompleteInput && _options.AcceptTruncated))
            {
                return image;
            }

            throw new MediaException(name, result == SKCodecResult.IncompleteInput
                ? $"'{name}' ends before its image does. Copy the file again, or set " +
                  $"{nameof(ImageDecodeOptions)}.{nameof(ImageDecodeOptions.AcceptTruncated)} to use what is there."
                : $"'{name}' is a damaged {codec.EncodedFormat} image of {stored.Width} x {stored.Height}: {result}.");
        }
        catch
        {
            image.Dispose();
            throw;
        }
    }

    /// <summary>The size to decode at: the image's own, or the smallest number of eighths of it that is allowed.</summary>
    private (SKSizeI Size, int Eighths) Reduced(SKCodec codec)
    {
        SKSizeI whole = codec.Info.Size;
        for (int eighths = 1; eighths < 8 && _options.ReducedShorterSide is not null && codec.EncodedFormat == SKEncodedImageFormat.Jpeg; eighths++)
        {
            SKSizeI size = codec.GetScaledDimensions(eighths / 8f);
            if (Math.Min(size.Width, size.Height) >= _options.ReducedShorterSide)
            {
                return (size, eighths);
            }
        }

        return (whole, 8);
    }

    private static unsafe SKCodecResult GetPixels(SKCodec codec, SKImageInfo wanted, ImagePixels image)
    {
        fixed (byte* pixels = image.Bytes)
        {
            return codec.GetPixels(wanted, (nint)pixels, image.Stride, SKCodecOptions.Default);
        }
    }

    private static string Describe(ReadOnlySpan<byte> bytes)
        => $"{bytes.Length} bytes that begin with {Convert.ToHexString(bytes[..Math.Min(8, bytes.Length)])}";
}
