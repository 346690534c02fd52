namespace TransferLearning;

/// <summary>One decoded image: rows from top to bottom, four bytes a pixel (red, green, blue, unused), no padding between rows.</summary>
/// <remarks>Four bytes instead of three, because that is what decoders give and vector instructions like. The buffer is rented; whoever
/// holds the image disposes it, and never uses it afterwards.</remarks>
public sealed class ImagePixels : IDisposable
{
    /// <summary>The number of bytes a pixel takes.</summary>
    public const int BytesPerPixel = 4;

    private byte[]? _buffer;

    /// <summary>Makes an image of the given size whose pixels are not yet set.</summary>
    /// <param name="width">The width in pixels, at least 1.</param>
    /// <param name="height">The height in pixels, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, or the image would exceed 2 GiB.</exception>
    public ImagePixels(int width, int height)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        long bytes = (long)width * height * BytesPerPixel;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, Array.MaxLength, nameof(height));
        Width = width;
        Height = height;
        _buffer = ArrayPool<byte>.Shared.Rent((int)bytes);
    }

    /// <summary>The width in pixels.</summary>
    public int Width { get; }

    /// <summary>The height in pixels.</summary>
    public int Height { get; }

    /// <summary>How many pixels the file has, where the decoder gave fewer: at some eighths of its size, rounded up. Steps that resize go
    /// by this, so that a reduced image ends in the same place as a whole one.</summary>
    internal (int Width, int Height, int Eighths)? ReducedFrom { get; init; }

    /// <summary>The size in the file.</summary>
    internal (int Width, int Height) StoredSize => ReducedFrom is { } whole ? (whole.Width, whole.Height) : (Width, Height);

    /// <summary>The number of bytes from one row to the next.</summary>
    public int Stride => Width * BytesPerPixel;

    /// <summary>The pixels, <see cref="Stride"/> times <see cref="Height"/> bytes.</summary>
    /// <exception cref="ObjectDisposedException">The image has been disposed.</exception>
    public Span<byte> Bytes
    {
        get
        {
            ObjectDisposedException.ThrowIf(_buffer is null, this);
            return _buffer.AsSpan(0, Stride * Height);
        }
    }

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
