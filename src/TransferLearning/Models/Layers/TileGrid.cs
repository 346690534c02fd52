namespace TransferLearning.Layers;

/// <summary>The tiles of 4 x 4 pixels that cover what 3 x 3 filters make of maps.</summary>
internal readonly struct TileGrid
{
    /// <summary>The pixels of a tile, down and across.</summary>
    public const int Side = 4;

    /// <param name="images">How many maps there are.</param>
    /// <param name="height">Their height.</param>
    /// <param name="width">Their width.</param>
    /// <param name="padding">The zeros around them.</param>
    public TileGrid(int images, int height, int width, int padding)
    {
        (Images, InputHeight, InputWidth, Padding) = (images, height, width, padding);
        (Height, Width) = (height + (2 * padding) - 2, width + (2 * padding) - 2);
        (Down, Across) = ((Height + Side - 1) / Side, (Width + Side - 1) / Side);
    }

    /// <summary>How many maps there are.</summary>
    public int Images { get; }

    /// <summary>The height of what comes in.</summary>
    public int InputHeight { get; }

    /// <summary>The width of what comes in.</summary>
    public int InputWidth { get; }

    /// <summary>The zeros around what comes in.</summary>
    public int Padding { get; }

    /// <summary>The height of what comes out.</summary>
    public int Height { get; }

    /// <summary>The width of what comes out.</summary>
    public int Width { get; }

    /// <summary>The tiles from top to bottom.</summary>
    public int Down { get; }

    /// <summary>The tiles from left to right.</summary>
    public int Across { get; }

    /// <summary>All tiles.</summary>
    public int Tiles => Images * Down * Across;

    /// <summary>The image of a tile, and where in the result it begins.</summary>
    public (int Image, int Top, int Left) Place(int tile)
    {
        (int image, int place) = Math.DivRem(tile, Down * Across);
        (int down, int across) = Math.DivRem(place, Across);
        return (image, down * Side, across * Side);
    }
}
