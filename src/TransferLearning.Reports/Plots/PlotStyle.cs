using ScottPlot;
using ScottPlot.Plottables;

namespace TransferLearning.Reports;

/// <summary>
/// Colours, marks and sizes of all plots. What differs by colour differs by its mark or its dashes too, so that plots can be read without
/// colours.
/// </summary>
internal sealed class PlotStyle
{
    private const int LongestLabel = 24;

    // Okabe and Ito, "Color Universal Design" (2008): distinguishable with every kind of colour vision; the last ones are darker or lighter
    // than in the original where they would not stand out from the background.
    private static readonly string[] OnLight = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#8F6C00", "#56B4E9", "#4D4D4D", "#7A3E9D"];
    private static readonly string[] OnDark = ["#56B4E9", "#FF9D4D", "#2BD9A5", "#E3A0C6", "#F0E442", "#8FB8FF", "#C8C8C8", "#C59BE8"];

    private static readonly MarkerShape[] Shapes =
    [
        MarkerShape.FilledCircle, MarkerShape.FilledSquare, MarkerShape.FilledTriangleUp, MarkerShape.FilledDiamond,
        MarkerShape.FilledTriangleDown, MarkerShape.OpenCircle, MarkerShape.OpenSquare, MarkerShape.OpenTriangleUp, MarkerShape.Cross,
        MarkerShape.Eks, MarkerShape.OpenDiamond,
    ];

    private readonly string[] _series;

    public PlotStyle(PlotTheme theme)
    {
        IsDark = theme == PlotTheme.Dark;
        _series = IsDark ? OnDark : OnLight;
        Background = Color.FromHex(IsDark ? "#16181d" : "#ffffff");
        Foreground = Color.FromHex(IsDark ? "#e8eaed" : "#1b1f24");
        Faint = Color.FromHex(IsDark ? "#3a3f47" : "#dcdfe4");
    }

    public bool IsDark { get; }

    public Color Background { get; }

    public Color Foreground { get; }

    public Color Faint { get; }

    /// <summary>The colour of a series.</summary>
    public Color Series(int number) => Color.FromHex(_series[number % _series.Length]);

    /// <summary>The mark of a series: colours and marks have different periods, so that pairs repeat late.</summary>
    public static MarkerShape Mark(int number) => Shapes[number % Shapes.Length];

    /// <summary>The colour of a cell that holds a share, and that of what is written on it.</summary>
    public (Color Cell, Color Text) Heat(double share)
    {
        (double r, double g, double b) low = IsDark ? (30, 34, 42) : (247, 250, 253);
        (double r, double g, double b) high = IsDark ? (120, 190, 245) : (8, 69, 130);
        double at = Math.Sqrt(Math.Clamp(share, 0, 1));
        Color cell = new((byte)Mixed(low.r, high.r), (byte)Mixed(low.g, high.g), (byte)Mixed(low.b, high.b));
        double luminance = ((0.2126 * cell.R) + (0.7152 * cell.G) + (0.0722 * cell.B)) / 255;
        return (cell, Color.FromHex(luminance > 0.42 ? "#10141a" : "#ffffff"));

        double Mixed(double from, double to) => from + ((to - from) * at);
    }

    /// <summary>A new plot with the titles of its axes.</summary>
    public static Plot NewPlot(string title, string x, string y)
    {
        Plot plot = new();
        plot.Title(title, 15);
        plot.XLabel(x, 13);
        plot.YLabel(y, 13);
        return plot;
    }

    /// <summary>Gives everything in a plot its colours and its font; the last thing before it is drawn.</summary>
    /// <param name="plot">The plot.</param>
    /// <param name="texts">What is written in it besides numbers.</param>
    public void Apply(Plot plot, IEnumerable<string> texts)
    {
        plot.FigureBackground.Color = Background;
        plot.DataBackground.Color = Background;
        plot.Axes.Color(Foreground);
        plot.Axes.Title.Label.ForeColor = Foreground;
        plot.Axes.Title.Label.Bold = false;
        plot.Axes.Bottom.MinorTickStyle.Length = 0;
        plot.Axes.Left.MinorTickStyle.Length = 0;
        plot.Grid.MajorLineColor = Faint;
        plot.Legend.BackgroundColor = Background;
        plot.Legend.FontColor = Foreground;
        plot.Legend.OutlineColor = Faint;
        plot.Legend.ShadowColor = Colors.Transparent;
        string font = EmbeddedFont.NameFor(texts);
        plot.Font.Set(font); // of axes, titles and legend alone
        foreach (Text text in plot.GetPlottables<Text>())
        {
            text.LabelFontName = font;
        }

        foreach (Annotation note in plot.GetPlottables<Annotation>())
        {
            note.LabelFontName = font;
        }

        foreach (BarPlot bars in plot.GetPlottables<BarPlot>())
        {
            bars.ValueLabelStyle.FontName = font;
        }
    }

    /// <summary>A name that fits beside an axis: its beginning and its end, with an ellipsis between them.</summary>
    public static string Short(string name, int longest = LongestLabel)
    {
        string line = string.Concat(name.Select(letter => char.IsControl(letter) ? ' ' : letter));
        int[] places = StringInfo.ParseCombiningCharacters(line);
        if (places.Length <= longest)
        {
            return line;
        }

        int end = longest / 3;
        return $"{line[..places[longest - 1 - end]]}…{line[places[^end]..]}";
    }
}
