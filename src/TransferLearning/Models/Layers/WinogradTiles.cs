using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace TransferLearning.Layers;

/// <summary>
/// The parts of <see cref="WinogradConvolution"/>: tiles of 6 x 6 pixels are turned (Bᵀ d B), multiplied at each of the 36 positions with
/// the turned filters (G g Gᵀ), and turned back (Aᵀ m A) into 4 x 4 pixels. Channels come last everywhere.
/// </summary>
/// <remarks>Filters are turned where they are used: that takes about a tenth of the time of their products, and turned they would take
/// four times their memory.</remarks>
internal sealed unsafe class WinogradTiles(
    TileGrid grid, int inputs, int outputs, float* maps, float* filters, float* bias, float* result, bool isAdded, bool isRectified)
{
    /// <summary>The numbers that are computed at once; channels are multiples of it.</summary>
    public const int Lanes = 16;

    /// <summary>The outputs whose filters are used together.</summary>
    public const int PanelWidth = TileProduct.Columns;

    /// <summary>The numbers of a turned tile.</summary>
    public const int Positions = Side * Side;

    private const int Side = TileGrid.Side + 2;
    private const int FilterSide = 3, FilterSize = FilterSide * FilterSide;

    // A tile between its two turns, then a pixel of zeros.
    private const int Scratch = (Positions + 1) * Lanes;

    // Rows and positions are apart by this besides what they hold: at distances of a power of two they would all fall on the same lines
    // of the first cache.
    private const int Apart = Lanes;

    private readonly int _row = inputs + Apart;
    private readonly nint _filterPosition = (inputs * PanelWidth) + Apart;

    /// <summary>The numbers for which <see cref="Compute"/> needs room.</summary>
    public long RoomFor(int tiles) => (Positions * (TilePosition(tiles) + _filterPosition + ProductPosition(tiles))) + Scratch;

    /// <summary>Computes some outputs of some tiles.</summary>
    /// <param name="first">The first tile.</param>
    /// <param name="count">How many tiles.</param>
    /// <param name="firstPanel">The first panel of outputs.</param>
    /// <param name="endOfPanels">The panel after the last.</param>
    /// <param name="room">Memory of the calling thread, with whatever in it; where it begins at a line of the cache this is faster.</param>
    public void Compute(int first, int count, int firstPanel, int endOfPanels, float* room)
    {
        nint tilePosition = TilePosition(count), productPosition = ProductPosition(count);
        float* scratch = room, turned = scratch + Scratch, weights = turned + (Positions * tilePosition);
        float* products = weights + (Positions * _filterPosition);
        Vector512<float>.Zero.Store(scratch + (Positions * Lanes));
        for (int tile = 0; tile < count; tile++)
        {
            Turn(first + tile, turned + (tile * _row), tilePosition, scratch);
        }

        int rows = Rows(count);
        for (int position = 0; position < Positions; position++)
        {
            new Span<float>(turned + (position * tilePosition) + (count * _row), (rows - count) * _row).Clear();
        }

        for (int panel = firstPanel; panel < endOfPanels; panel++)
        {
            TurnFilters(filters + ((nint)panel * inputs * FilterSize * PanelWidth), weights, scratch);
            for (int position = 0; position < Positions; position++)
            {
                for (int row = 0; row < rows; row += TileProduct.Rows)
                {
                    TileProduct.Compute(
                        turned + (position * tilePosition) + (row * _row),
                        _row,
                        weights + (position * _filterPosition),
                        products + (position * productPosition) + (row * PanelWidth),
                        inputs);
                }
            }

            for (int tile = 0; tile < count; tile++)
            {
                TurnBack(first + tile, panel * PanelWidth, products + (tile * PanelWidth), productPosition, scratch);
            }
        }
    }

    private static int Rows(int tiles) => (tiles + TileProduct.Rows - 1) / TileProduct.Rows * TileProduct.Rows;

    private static nint ProductPosition(int tiles) => (Rows(tiles) * PanelWidth) + Apart;

    private nint TilePosition(int tiles) => ((nint)Rows(tiles) * _row) + Apart;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Turn(int tile, float* to, nint position, float* scratch)
    {
        (int image, int top, int left) = grid.Place(tile);
        (top, left) = (top - grid.Padding, left - grid.Padding);
        float* zeros = scratch + (Positions * Lanes);
        nint line = (nint)grid.InputWidth * inputs;
        float* corner = maps + (image * grid.InputHeight * line) + (top * line) + ((nint)left * inputs);
        int begin = Math.Max(-top, 0), end = Math.Min(grid.InputHeight - top, Side);
        for (int channel = 0; channel < inputs; channel += Lanes)
        {
            for (int x = 0; x < Side; x++)
            {
                float* at = corner + ((nint)x * inputs) + channel;
                bool isInside = left + x >= 0 && left + x < grid.InputWidth;
                (int from, int until) = isInside ? (begin, end) : (0, 0);
                TurnTile(
                    Vector512.Load(from <= 0 && 0 < until ? at : zeros),
                    Vector512.Load(from <= 1 && 1 < until ? at + line : zeros),
                    Vector512.Load(from <= 2 && 2 < until ? at + (2 * line) : zeros),
                    Vector512.Load(from <= 3 && 3 < until ? at + (3 * line) : zeros),
                    Vector512.Load(from <= 4 && 4 < until ? at + (4 * line) : zeros),
                    Vector512.Load(from <= 5 && 5 < until ? at + (5 * line) : zeros),
                    scratch + (x * Lanes),
                    Side * Lanes);
            }

            for (int y = 0; y < Side; y++)
            {
                float* from = scratch + (y * Side * Lanes);
                TurnTile(
                    Vector512.Load(from),
                    Vector512.Load(from + Lanes),
                    Vector512.Load(from + (2 * Lanes)),
                    Vector512.Load(from + (3 * Lanes)),
                    Vector512.Load(from + (4 * Lanes)),
                    Vector512.Load(from + (5 * Lanes)),
                    to + (y * Side * position) + channel,
                    position);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TurnFilters(float* from, float* to, float* scratch)
    {
        for (int input = 0; input < inputs; input++)
        {
            for (int half = 0; half < PanelWidth; half += Lanes)
            {
                float* filter = from + (input * FilterSize * PanelWidth) + half;
                for (int x = 0; x < FilterSide; x++)
                {
                    TurnFilter(filter + (x * PanelWidth), FilterSide * PanelWidth, scratch + (x * Lanes), FilterSide * Lanes);
                }

                for (int y = 0; y < Side; y++)
                {
                    TurnFilter(
                        scratch + (y * FilterSide * Lanes),
                        Lanes,
                        to + (y * Side * _filterPosition) + (input * PanelWidth) + half,
                        _filterPosition);
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TurnBack(int tile, int firstOutput, float* from, nint position, float* scratch)
    {
        (int image, int top, int left) = grid.Place(tile);
        int bottom = Math.Min(TileGrid.Side, grid.Height - top), right = Math.Min(TileGrid.Side, grid.Width - left);
        int end = Math.Min(PanelWidth, outputs - firstOutput);
        for (int output = 0; output < end; output += Lanes)
        {
            for (int x = 0; x < Side; x++)
            {
                TurnProduct(
                    from + (x * position) + output, Side * position, Vector512<float>.Zero, scratch + (x * Lanes), Side * Lanes);
            }

            Vector512<float> offset = Vector512.Load(bias + firstOutput + output);
            float* pixels = scratch + (TileGrid.Side * Side * Lanes);
            for (int y = 0; y < bottom; y++)
            {
                TurnProduct(scratch + (y * Side * Lanes), Lanes, offset, pixels, Lanes);
                float* to = result + (((((nint)image * grid.Height) + top + y) * grid.Width + left) * outputs) + firstOutput + output;
                for (int x = 0; x < right; x++, to += outputs)
                {
                    Vector512<float> pixel = Vector512.Load(pixels + (x * Lanes));
                    pixel = isAdded ? pixel + Vector512.Load(to) : pixel;
                    (isRectified ? Vector512.Max(pixel, Vector512<float>.Zero) : pixel).Store(to);
                }
            }
        }
    }

    // Bᵀ, for the points 0, 1, -1, 2, -2 and infinity.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TurnTile(
        Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d, Vector512<float> e, Vector512<float> f,
        float* to, nint stride)
    {
        Vector512<float> four = Vector512.Create(4f), lessFour = Vector512.Create(-4f), lessFive = Vector512.Create(-5f);
        Vector512.FusedMultiplyAdd(four, a, Vector512.FusedMultiplyAdd(lessFive, c, e)).Store(to);
        Vector512<float> even = Vector512.FusedMultiplyAdd(lessFour, c, e), odd = Vector512.FusedMultiplyAdd(lessFour, b, d);
        (even + odd).Store(to + stride);
        (even - odd).Store(to + (2 * stride));
        Vector512<float> difference = e - c, twice = d - b;
        twice += twice;
        (difference + twice).Store(to + (3 * stride));
        (difference - twice).Store(to + (4 * stride));
        Vector512.FusedMultiplyAdd(four, b, Vector512.FusedMultiplyAdd(lessFive, d, f)).Store(to + (5 * stride));
    }

    // G.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TurnFilter(float* from, nint apart, float* to, nint stride)
    {
        Vector512<float> a = Vector512.Load(from), b = Vector512.Load(from + apart), c = Vector512.Load(from + (2 * apart));
        Vector512<float> sixth = Vector512.Create(1 / 6f);
        Vector512<float> even = (a + c) * -sixth, odd = b * sixth;
        Vector512<float> farEven = Vector512.FusedMultiplyAdd(a, Vector512.Create(1 / 24f), c * sixth);
        Vector512<float> farOdd = b * Vector512.Create(1 / 12f);
        (a * Vector512.Create(0.25f)).Store(to);
        (even - odd).Store(to + stride);
        (even + odd).Store(to + (2 * stride));
        (farEven + farOdd).Store(to + (3 * stride));
        (farEven - farOdd).Store(to + (4 * stride));
        c.Store(to + (5 * stride));
    }

    // Aᵀ, and an offset.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TurnProduct(float* from, nint apart, Vector512<float> offset, float* to, nint stride)
    {
        Vector512<float> a = Vector512.Load(from), b = Vector512.Load(from + apart), c = Vector512.Load(from + (2 * apart));
        Vector512<float> d = Vector512.Load(from + (3 * apart)), e = Vector512.Load(from + (4 * apart));
        Vector512<float> f = Vector512.Load(from + (5 * apart));
        Vector512<float> sum = b + c, difference = b - c, farSum = d + e, farDifference = d - e;
        (a + sum + farSum + offset).Store(to);
        (Vector512.FusedMultiplyAdd(Vector512.Create(2f), farDifference, difference) + offset).Store(to + stride);
        (Vector512.FusedMultiplyAdd(Vector512.Create(4f), farSum, sum) + offset).Store(to + (2 * stride));
        (Vector512.FusedMultiplyAdd(Vector512.Create(8f), farDifference, difference) + f + offset).Store(to + (3 * stride));
    }
}
