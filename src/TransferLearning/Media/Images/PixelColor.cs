namespace TransferLearning;

/// <summary>The colour of one pixel. The default is black.</summary>
/// <param name="Red">Red, from 0 to 255.</param>
/// <param name="Green">Green, from 0 to 255.</param>
/// <param name="Blue">Blue, from 0 to 255.</param>
public readonly record struct PixelColor(byte Red, byte Green, byte Blue)
{
    /// <summary>The four bytes of a pixel as they lie in <see cref="ImagePixels"/>, read as one number.</summary>
    internal uint Packed => Red | ((uint)Green << 8) | ((uint)Blue << 16) | 0xFF000000;

    /// <summary>The same of an image of 16 bits.</summary>
    internal ulong PackedDeep => 257 * (Red | ((ulong)Green << 16) | ((ulong)Blue << 32) | 0x00FF_0000_0000_0000);

    /// <inheritdoc/>
    public override string ToString() => $"#{Red:X2}{Green:X2}{Blue:X2}";
}
