using ScottPlot;
using SkiaSharp;

namespace TransferLearning.Reports;

/// <summary>
/// The font of plots. It lies in this assembly, because Skia's library for Linux that needs nothing else finds no fonts of the system.
/// </summary>
internal sealed class EmbeddedFont : IFontResolver
{
    /// <summary>Its name, which browsers know too; Verdana has the same widths.</summary>
    public const string Name = "DejaVu Sans";

    private static readonly Lazy<SKTypeface> Loaded = new(Load);

    private EmbeddedFont() { }

    /// <summary>The font, for what draws with Skia itself.</summary>
    public static SKTypeface Typeface => Loaded.Value;

    /// <summary>The name of a font that can write some texts: this one, or another of the system's where this one lacks a letter.</summary>
    /// <param name="texts">What will be written.</param>
    public static string NameFor(IEnumerable<string> texts)
    {
        string? foreign = texts.FirstOrDefault(text => !Writes(Typeface, text));
        if (foreign is null || Fonts.Detect(foreign) is not { } name)
        {
            return Name;
        }

        SKTypeface? other = Fonts.GetTypeface(name, bold: false, italic: false);
        return other is not null && Writes(other, foreign) ? name : Name;
    }

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, FontWeight weight, FontSlant slant, FontSpacing spacing)
        => fontName == Name ? Typeface : null;

    /// <inheritdoc/>
    public SKTypeface? CreateTypeface(string fontName, bool bold, bool italic) => fontName == Name ? Typeface : null;

    private static bool Writes(SKTypeface typeface, string text)
    {
        using SKFont font = new(typeface);
        return font.ContainsGlyphs(text);
    }

    private static SKTypeface Load()
    {
        using Stream file = typeof(EmbeddedFont).Assembly.GetManifestResourceStream("DejaVuSans.ttf")!;
        SKTypeface typeface = SKTypeface.FromStream(file);
        Fonts.FontResolvers.Add(new EmbeddedFont());
        return typeface;
    }
}
