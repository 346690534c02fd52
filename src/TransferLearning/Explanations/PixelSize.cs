namespace TransferLearning;

/// <summary>A height and a width in pixels of what a network takes.</summary>
/// <param name="Height">How many rows.</param>
/// <param name="Width">How many columns.</param>
public readonly record struct PixelSize(int Height, int Width)
{
    /// <summary>A square.</summary>
    /// <param name="side">Its side.</param>
    public static implicit operator PixelSize(int side) => FromInt32(side);

    /// <summary>A square.</summary>
    /// <param name="side">Its side.</param>
    public static PixelSize FromInt32(int side) => new(side, side);
}
