using System.Text.RegularExpressions;
using ScottPlot;
using SkiaSharp;

namespace TransferLearning.Reports;

/// <summary>One or more plots above each other, as a file.</summary>
/// <param name="Width">The width of all.</param>
/// <param name="Height">The height of all.</param>
/// <param name="Description">What it shows, in words: for whoever does not see it.</param>
internal sealed partial record Figure(int Width, int Height, string Description)
{
    /// <summary>The plots, from top to bottom, and what share of the height each has.</summary>
    public required IReadOnlyList<(Plot Plot, double Share)> Plots { get; init; }

    /// <summary>A PNG file.</summary>
    public byte[] ToPng(double scale)
    {
        SKImageInfo layout = new((int)Math.Round(Width * scale), (int)Math.Round(Height * scale));
        using SKSurface surface = SKSurface.Create(layout);
        surface.Canvas.Scale((float)scale);
        Draw(surface.Canvas);
        using SKImage image = surface.Snapshot();
        using SKData data = image.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    /// <summary>An SVG file, whose text stays text.</summary>
    public string ToSvg()
    {
        using MemoryStream stream = new();
        using (SKCanvas canvas = SKSvgCanvas.Create(SKRect.Create(Width, Height), stream))
        {
            Draw(canvas);
        }

        // Skia counts the names of its clips on and on, and the same plot shall be the same file.
        Dictionary<string, string> clips = [];
        return ClipName()
            .Replace(Encoding.UTF8.GetString(stream.ToArray()), found =>
            {
                clips.TryAdd(found.Value, $"clip{clips.Count}");
                return clips[found.Value];
            })
            .Replace($"font-family=\"{EmbeddedFont.Name}\"", $"font-family=\"{EmbeddedFont.Name}, Verdana, sans-serif\"");
    }

    [GeneratedRegex("cl_[0-9a-f]+", RegexOptions.CultureInvariant)]
    private static partial Regex ClipName();

    private void Draw(SKCanvas canvas)
    {
        float top = 0;
        foreach ((Plot plot, double share) in Plots)
        {
            float bottom = top + (float)(Height * share);
            canvas.Save();
            canvas.ClipRect(new SKRect(0, top, Width, bottom)); // a plot begins by clearing what it is drawn on
            plot.Render(canvas, new PixelRect(0, Width, bottom, top));
            canvas.Restore();
            top = bottom;
        }
    }
}
