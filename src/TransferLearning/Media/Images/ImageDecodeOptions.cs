namespace TransferLearning;

/// <summary>What a decoder accepts.</summary>
public sealed record ImageDecodeOptions
{
    /// <summary>The most pixels an image may claim to have. A larger one is refused from its header, before memory is taken, so that a
    /// small hostile file cannot ask for a large buffer.</summary>
    /// <value>64 million, which is 256 MB of pixels, and twice as much for images of 16 bits a channel.</value>
    public long MaximumPixels { get; init; } = 64_000_000;

    /// <summary>Whether an image whose file ends too early is given as far as it goes, instead of being refused.</summary>
    /// <value>False: a truncated image is an error.</value>
    public bool AcceptTruncated { get; init; }

    /// <summary>When set, a JPEG file may be decoded at an eighth, a quarter, … seven eighths of its size: the smallest whose shorter side
    /// has at least this many pixels. It pays for photographs several times as large as the network's input.</summary>
    /// <value>Null: every image is decoded whole, and resizing gives the pixels of Python's imaging library bit for bit. Otherwise twice
    /// the shorter side that a pipeline resizes to belongs here: the resized pixels of photographs then differ by one level of 255 in the
    /// mean, in no image by more than two, and by 30 at the sharpest edges. With that side itself it is two to three, eight, and 90. The
    /// place of every pixel stays the same, as steps that resize go by the size in the file. Other kinds of files are decoded
    /// whole.</value>
    public int? ReducedShorterSide { get; init; }

    /// <summary>Whether the usual kind of JPEG file (sequential, grey or YCbCr) is decoded by this library's own vector code where the CPU
    /// has AVX2. The pixels are the same either way.</summary>
    /// <value>True. False leaves every JPEG file to Skia.</value>
    public bool UseVectorJpeg { get; init; } = true;

    /// <summary>Refuses a size that an image claims, before memory is taken. For codecs.</summary>
    /// <param name="name">What to call the image in the error.</param>
    /// <param name="width">The width in pixels.</param>
    /// <param name="height">The height in pixels.</param>
    /// <param name="bitsPerChannel">8 or 16.</param>
    /// <exception cref="MediaException">There is no pixel, or there are more than <see cref="MaximumPixels"/>.</exception>
    public void CheckSize(string name, int width, int height, int bitsPerChannel = 8)
    {
        long limit = Math.Min(MaximumPixels, Array.MaxLength / ImagePixels.BytesPerPixel / (bitsPerChannel / 8));
        if (width <= 0 || height <= 0)
        {
            throw new MediaException(name, $"'{name}' claims {width} x {height} pixels; an image has at least one. Copy the file again.");
        }

        if ((long)width * height > limit)
        {
            throw new MediaException(
                name,
                $"'{name}' claims {width} x {height} pixels, more than the limit of {limit}. "
                    + $"If the image is meant to be so large, raise {nameof(ImageDecodeOptions)}.{nameof(MaximumPixels)}.");
        }
    }
}
