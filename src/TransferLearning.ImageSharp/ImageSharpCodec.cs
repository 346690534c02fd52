using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Advanced;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Tga;
using SixLabors.ImageSharp.Formats.Tiff;
using SixLabors.ImageSharp.Memory;
using SixLabors.ImageSharp.Metadata;
using SixLabors.ImageSharp.PixelFormats;

namespace TransferLearning;

/// <summary>Decodes TIFF and TGA files with SixLabors.ImageSharp, and leaves all others to another codec.</summary>
/// <remarks>
/// <para>TIFF: the first image of the file, in strips that are stored plain, packed (PackBits), with LZW, deflate or as JPEG; grey and
/// palettes of up to 8 bits, grey of 16, RGB of 8 and 16 bits, chunky with or without a horizontal predictor, or planar, upright by its
/// orientation. TGA: palettes, RGB and grey, plain or run-length encoded. Colours are taken as they are stored and transparency is dropped,
/// as with <see cref="SkiaImageCodec"/>; 16 bits are kept.</para>
/// <para>What ImageSharp would decode wrongly, endlessly or from what is not there is refused with a <see cref="MediaException"/> that says
/// so: BigTIFF, CCITT, tiles, floats, CMYK and what else is not named above, files that are cut, raw photographs. The file's own directory
/// is read and checked here, and ImageSharp gets one written anew, of the checked values and the image's data alone: no profiles, no
/// further images.</para>
/// <para>May be used by several threads at once.</para>
/// </remarks>
public sealed class ImageSharpCodec : IImageCodec
{
    private const int PoolMegabytes = 16;

    private readonly IImageCodec _others;
    private readonly ImageDecodeOptions _options;
    private readonly Configuration _configuration;
    private readonly SkiaImageCodec _jpeg;

    /// <summary>Makes a codec.</summary>
    /// <param name="options">What to accept; null means the defaults. <see cref="ImageDecodeOptions.AcceptTruncated"/> and
    /// <see cref="ImageDecodeOptions.ReducedShorterSide"/> have no meaning for TIFF and TGA.</param>
    /// <param name="others">What decodes all other files; null means a <see cref="SkiaImageCodec"/> with the same options.</param>
    public ImageSharpCodec(ImageDecodeOptions? options = null, IImageCodec? others = null)
    {
        _others = others ?? (options is null ? ImageCodec.Default : new SkiaImageCodec(options));
        _options = options ?? new ImageDecodeOptions();
        _jpeg = new SkiaImageCodec(_options with { ReducedShorterSide = null, AcceptTruncated = false });
        _configuration = new Configuration(new TiffConfigurationModule(), new TgaConfigurationModule())
        {
            MaxDegreeOfParallelism = 1,
            MemoryAllocator = MemoryAllocator.Create(new MemoryAllocatorOptions { MaximumPoolSizeMegabytes = PoolMegabytes }),
        };
        Extensions = [.. _others.Extensions.Union(["tif", "tiff", "tga"])];
    }

    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; }

    /// <inheritdoc/>
    public ImagePixels Decode(ReadOnlyMemory<byte> encoded, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        ReadOnlySpan<byte> file = encoded.Span;
        if (TiffFile.Is(file))
        {
            TiffFile tiff = TiffFile.Read(file, name, _options);
            if (tiff.IsUsualJpeg)
            {
                return ImageOrientation.Upright(FromJpeg(tiff, encoded, name), tiff.Orientation);
            }

            byte[] clean = tiff.Rewritten(file);
            TiffDecoder decoder = new() { IgnoreMetadata = true, DecodingMode = FrameDecodingMode.First };
            ImagePixels stored = tiff.BitsPerChannel == 16
                ? Deep(clean, decoder, name, tiff.Width, tiff.Height)
                : Plain(clean, decoder, name, tiff.Width, tiff.Height);
            return ImageOrientation.Upright(stored, tiff.Orientation);
        }

        if (TgaFile.Is(file))
        {
            TgaFile tga = TgaFile.Read(file, name, _options);
            return Plain(file[..tga.End], new TgaDecoder(), name, tga.Width, tga.Height);
        }

        return _others.Decode(encoded, name);
    }

    /// <summary>The codec's name and that of the codec beside it.</summary>
    public override string ToString() => $"{nameof(ImageSharpCodec)}({_others})";

    /// <summary>JPEG strips go to the library's own decoder, whose pixels are those of libjpeg.</summary>
    private ImagePixels FromJpeg(TiffFile tiff, ReadOnlyMemory<byte> encoded, string name)
    {
        ImagePixels pixels = new(tiff.Width, tiff.Height);
        try
        {
            foreach ((byte[] file, int firstRow) in tiff.JpegFiles(encoded))
            {
                using ImagePixels strip = _jpeg.Decode(file, name);
                if (strip.Width != tiff.Width || firstRow + strip.Height > tiff.Height)
                {
                    throw new MediaException(name, $"'{name}' is damaged: a strip has another size than its header. Copy the file again.");
                }

                strip.Bytes.CopyTo(pixels.Bytes[(firstRow * pixels.Stride)..]);
            }

            return pixels;
        }
        catch
        {
            pixels.Dispose();
            throw;
        }
    }

    private ImagePixels Plain(ReadOnlySpan<byte> file, IImageDecoder decoder, string name, int width, int height)
    {
        using Image<Rgba32> image = Load<Rgba32>(file, decoder, name, width, height);
        ImagePixels pixels = new(width, height);
        for (int y = 0; y < height; y++)
        {
            Span<byte> row = pixels.Bytes.Slice(y * pixels.Stride, pixels.Stride);
            MemoryMarshal.AsBytes(image.DangerousGetPixelRowMemory(y).Span).CopyTo(row);
            for (int i = 3; i < row.Length; i += 4)
            {
                row[i] = byte.MaxValue;
            }
        }

        return pixels;
    }

    private ImagePixels Deep(ReadOnlySpan<byte> file, IImageDecoder decoder, string name, int width, int height)
    {
        using Image<Rgba64> image = Load<Rgba64>(file, decoder, name, width, height);
        ImagePixels pixels = new(width, height, 16);
        for (int y = 0; y < height; y++)
        {
            Span<ushort> row = pixels.Samples.Slice(4 * y * width, 4 * width);
            MemoryMarshal.Cast<Rgba64, ushort>(image.DangerousGetPixelRowMemory(y).Span).CopyTo(row);
            for (int i = 3; i < row.Length; i += 4)
            {
                row[i] = ushort.MaxValue;
            }
        }

        return pixels;
    }

    private Image<T> Load<T>(ReadOnlySpan<byte> file, IImageDecoder decoder, string name, int width, int height)
        where T : unmanaged, IPixel<T>
    {
        Image<T> image;
        try
        {
            image = Image.Load<T>(_configuration, file, decoder);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // Damaged data ends in exceptions of many types there.
            throw new MediaException(name, $"'{name}' is damaged: {exception.Message} Copy the file again.", exception);
        }

        if ((image.Width, image.Height) != (width, height))
        {
            image.Dispose();
            throw new MediaException(name, $"'{name}' is damaged: its data and its header differ in size. Copy the file again.");
        }

        return image;
    }
}
