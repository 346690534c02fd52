namespace TransferLearning;

/// <summary>One decoded image: rows from top to bottom, four channels a pixel (red, green, blue, unused) of 8 or 16 bits each, no padding
/// between rows.</summary>
/// <remarks>Four channels instead of three, because that is what decoders give and vector instructions like. The buffer is rented; whoever
/// holds the image disposes it, and never uses it afterwards.</remarks>
public sealed class ImagePixels : IDisposable
{
    /// <summary>The number of bytes a pixel of 8 bits a channel takes.</summary>
    public const int BytesPerPixel = 4;

    private byte[]? _buffer;

    /// <summary>Makes an image of the given size whose pixels are not yet set.</summary>
    /// <param name="width">The width in pixels, at least 1.</param>
    /// <param name="height">The height in pixels, at least 1.</param>
    /// <param name="bitsPerChannel">8, or 16 for files that have more than 256 levels.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is not positive, the bits are neither 8 nor 16, or the image would exceed 2
    /// GiB.</exception>
    public ImagePixels(int width, int height, int bitsPerChannel = 8)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(height);
        if (bitsPerChannel is not (8 or 16))
        {
            throw new ArgumentOutOfRangeException(nameof(bitsPerChannel), bitsPerChannel, "A channel has 8 or 16 bits.");
        }

        long bytes = (long)width * height * BytesPerPixel * (bitsPerChannel / 8);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, Array.MaxLength, nameof(height));
        (Width, Height, BitsPerChannel) = (width, height, bitsPerChannel);
        _buffer = ArrayPool<byte>.Shared.Rent((int)bytes);
    }

    /// <summary>The width in pixels.</summary>
    public int Width { get; }

    /// <summary>The height in pixels.</summary>
    public int Height { get; }

    /// <summary>8, or 16 as long as nothing has asked for <see cref="Bytes"/>.</summary>
    public int BitsPerChannel { get; private set; }

    /// <summary>How many pixels the file has, where the decoder gave fewer: at some eighths of its size, rounded up. Steps that resize go
    /// by this, so that a reduced image ends in the same place as a whole one.</summary>
    internal (int Width, int Height, int Eighths)? ReducedFrom { get; init; }

    /// <summary>The size in the file.</summary>
    internal (int Width, int Height) StoredSize => ReducedFrom is { } whole ? (whole.Width, whole.Height) : (Width, Height);

    /// <summary>Whether 16 bits become 8 by their upper half, as Python's imaging library has it of PNG files, not by rounding.</summary>
    internal bool IsCutToBytes { get; init; }

    internal bool IsDeep => BitsPerChannel == 16;

    /// <summary>The number of bytes from one row of <see cref="Bytes"/> to the next.</summary>
    public int Stride => Width * BytesPerPixel;

    /// <summary>The pixels in 8 bits a channel, <see cref="Stride"/> times <see cref="Height"/> bytes. An image of 16 bits becomes one of 8
    /// here, for good: what works on bytes works on any image, and what can use 16 bits asks <see cref="BitsPerChannel"/> first.</summary>
    /// <exception cref="ObjectDisposedException">The image has been disposed.</exception>
    public Span<byte> Bytes
    {
        get
        {
            if (IsDeep)
            {
                ToEightBits();
            }

            return Pixels<byte>(BytesPerPixel);
        }
    }

    /// <summary>The channels of an image of 16 bits, 0 to 65535, four numbers a pixel.</summary>
    /// <exception cref="InvalidOperationException">The image has 8 bits a channel.</exception>
    /// <exception cref="ObjectDisposedException">The image has been disposed.</exception>
    public Span<ushort> Samples => IsDeep
        ? Pixels<ushort>(4)
        : throw new InvalidOperationException($"The image has 8 bits a channel: read its {nameof(Bytes)}.");

    /// <summary>The pixels of an image of 8 bits, each as one number.</summary>
    internal Span<uint> Words => MemoryMarshal.Cast<byte, uint>(Bytes);

    /// <summary>The pixels of an image of 16 bits, each as one number.</summary>
    internal Span<ulong> DeepWords => MemoryMarshal.Cast<ushort, ulong>(Samples);

    /// <summary>Gives the buffer back.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _buffer, null) is { } buffer)
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>An image of another size with pixels of the same kind, not yet set.</summary>
    internal ImagePixels Sized(int width, int height) => new(width, height, BitsPerChannel) { IsCutToBytes = IsCutToBytes };

    private Span<T> Pixels<T>(int perPixel)
        where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_buffer is null, this);
        return MemoryMarshal.Cast<byte, T>(_buffer.AsSpan())[..(Width * Height * perPixel)];
    }

    private void ToEightBits()
    {
        ReadOnlySpan<ushort> from = Samples;
        Span<byte> to = MemoryMarshal.AsBytes(Samples); // each byte is written after the number it overwrites was read
        for (int i = 0; i < from.Length; i++)
        {
            to[i] = (byte)(IsCutToBytes ? from[i] >> 8 : (from[i] + 128) / 257);
        }

        BitsPerChannel = 8;
    }
}
