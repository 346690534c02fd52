namespace TransferLearning;

/// <summary>Draws heat maps over images.</summary>
internal static class Overlay
{
    private const int SmallestSide = 192;

    /// <summary>The image in grey with the map over it in colours, the clearer the stronger.</summary>
    /// <param name="map">A number for each pixel.</param>
    /// <param name="isSigned">Whether negative numbers have a colour of their own.</param>
    /// <param name="pixel">The channel of a place, 0 to 1.</param>
    /// <param name="options">How it looks.</param>
    /// <returns>The drawing; the caller disposes it.</returns>
    public static ImagePixels Draw(AttributionMap map, bool isSigned, Func<int, int, double> pixel, OverlayOptions options)
    {
        int scale = options.Scale ?? Math.Max(1, (SmallestSide + Math.Min(map.Height, map.Width) - 1) / Math.Min(map.Height, map.Width));

        // The colours end where one number in a hundred is larger: a few flickering pixels would leave the others pale.
        double[] sizes = [.. map.Values.Select(value => isSigned ? Math.Abs(value) : Math.Max(value, 0)).Order()];
        double strongest = sizes[(int)Math.Ceiling(0.99 * (sizes.Length - 1))];
        strongest = strongest > 0 ? strongest : sizes[^1];
        ImagePixels drawing = new(map.Width * scale, map.Height * scale);
        Span<uint> to = MemoryMarshal.Cast<byte, uint>(drawing.Bytes);
        for (int place = 0; place < map.Values.Count; place++)
        {
            double strength = strongest > 0 ? map.Values[place] / strongest : 0;
            (double red, double green, double blue) = isSigned ? HeatColors.Diverging(strength) : HeatColors.Sequential(strength);
            double grey = (0.299 * pixel(0, place)) + (0.587 * pixel(1, place)) + (0.114 * pixel(2, place));
            double hidden = options.Opacity * Math.Sqrt(Math.Clamp(Math.Abs(strength), 0, 1));
            uint color = new PixelColor(Mixed(red), Mixed(green), Mixed(blue)).Packed;
            (int top, int left) = (place / map.Width * scale, place % map.Width * scale);
            for (int y = top; y < top + scale; y++)
            {
                to.Slice((y * drawing.Width) + left, scale).Fill(color);
            }

            byte Mixed(double channel) => (byte)Math.Round(255 * ((hidden * channel) + ((1 - hidden) * grey)));
        }

        return drawing;
    }
}
