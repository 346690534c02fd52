namespace TransferLearning;

/// <summary>Adds pixels around an image.</summary>
public sealed class Pad : GeometricTransform
{
    private readonly int _left;
    private readonly int _top;
    private readonly int _right;
    private readonly int _bottom;
    private readonly PaddingMode _mode;
    private readonly PixelColor _fill;

    /// <summary>Creates the transform.</summary>
    /// <param name="left">How many columns are added on the left.</param>
    /// <param name="top">How many rows are added at the top.</param>
    /// <param name="right">How many columns are added on the right.</param>
    /// <param name="bottom">How many rows are added at the bottom.</param>
    /// <param name="mode">What is added.</param>
    /// <param name="fill">The colour of <see cref="PaddingMode.Constant"/>; black by default.</param>
    public Pad(int left, int top, int right, int bottom, PaddingMode mode = PaddingMode.Constant, PixelColor fill = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(left);
        ArgumentOutOfRangeException.ThrowIfNegative(top);
        ArgumentOutOfRangeException.ThrowIfNegative(right);
        ArgumentOutOfRangeException.ThrowIfNegative(bottom);
        (_left, _top, _right, _bottom) = (left, top, right, bottom);
        _mode = mode;
        _fill = fill;
    }

    /// <summary>Adds the same number of pixels on all sides.</summary>
    /// <param name="all">How many pixels.</param>
    /// <param name="mode">What is added.</param>
    /// <param name="fill">The colour of <see cref="PaddingMode.Constant"/>; black by default.</param>
    public Pad(int all, PaddingMode mode = PaddingMode.Constant, PixelColor fill = default) : this(all, all, all, all, mode, fill) { }

    /// <inheritdoc/>
    public override string Fingerprint => string.Create(
        CultureInfo.InvariantCulture, $"Pad({_left},{_top},{_right},{_bottom},{_mode},{_fill})");

    /// <inheritdoc/>
    protected override GeometricMap? Draw(ImagePixels image, ref SeededRandom random)
        => new PadMap(_left, _top, _right, _bottom, _mode, _fill);
}
