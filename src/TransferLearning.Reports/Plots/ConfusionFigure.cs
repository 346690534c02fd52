using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace TransferLearning.Reports;

/// <summary>Which classes are taken for which: all of a matrix, or the largest confusions where there are too many classes.</summary>
internal static class ConfusionFigure
{
    public static Figure Of(ClassificationReport report, PlotOptions options)
        => report.Classes.Count <= options.MaximumClasses ? Matrix(report, options) : Largest(report, options);

    private static Figure Matrix(ClassificationReport report, PlotOptions options)
    {
        PlotStyle style = new(options.Theme);
        int count = report.Classes.Count;
        string[] names = [.. report.Classes.Select(one => PlotStyle.Short(one.Name, count > 10 ? 16 : 24))];
        string title = options.Title ?? string.Create(
            CultureInfo.InvariantCulture, $"Confusion matrix: {report.Confusion.Correct:N0} of {report.SampleCount:N0} correct");
        Plot plot = PlotStyle.NewPlot(title, "predicted", "true");
        int longest = names.Max(name => name.Length);
        float size = count > 14 ? 9 : 12;
        bool isTilted = count > 6 || longest > 9;
        float below = isTilted ? 36 + (longest * size * 0.42f) : 50;
        int width = options.Width ?? Math.Clamp(220 + (count * 62), 460, 1000);
        int height = options.Height ?? Math.Clamp((int)(50 + below + (count * (count > 10 ? 40 : 48))), 340, 1000);
        for (int row = 0; row < count; row++)
        {
            long support = report.Confusion.Support(row);
            for (int column = 0; column < count; column++)
            {
                long cell = report.Confusion[row, column];
                (Color fill, Color ink) = style.Heat(support == 0 ? 0 : cell / (double)support);
                Rectangle square = plot.Add.Rectangle(column - 0.5, column + 0.5, row - 0.5, row + 0.5);
                square.FillColor = fill;
                square.LineColor = style.Background;
                square.LineWidth = 1;
                if (cell > 0)
                {
                    Text text = plot.Add.Text(Compact(cell), column, row);
                    text.LabelFontColor = ink;
                    text.LabelFontSize = size;
                    text.LabelAlignment = Alignment.MiddleCenter;
                }
            }
        }

        // Frames mark what is correct where colours cannot be seen.
        for (int place = 0; place < count; place++)
        {
            Rectangle frame = plot.Add.Rectangle(place - 0.48, place + 0.48, place - 0.48, place + 0.48);
            frame.FillColor = Colors.Transparent;
            frame.LineColor = style.Foreground;
            frame.LineWidth = 1.5f;
        }

        double[] places = [.. Enumerable.Range(0, count).Select(place => (double)place)];
        plot.Axes.Bottom.SetTicks(places, names);
        plot.Axes.Left.SetTicks(places, names);
        Bare(plot.Axes.Bottom, size);
        Bare(plot.Axes.Left, size);
        if (isTilted)
        {
            plot.Axes.Bottom.TickLabelStyle.Rotation = -45;
            plot.Axes.Bottom.TickLabelStyle.Alignment = Alignment.UpperRight;
            plot.Axes.Bottom.MinimumSize = below;
        }

        plot.HideGrid();
        plot.Axes.SetLimits(-0.5, count - 0.5, count - 0.5, -0.5);
        style.Apply(plot, [title, .. names]);
        return new Figure(width, height, Described(report)) { Plots = [(plot, 1)] };
    }

    private static Figure Largest(ClassificationReport report, PlotOptions options)
    {
        PlotStyle style = new(options.Theme);
        IReadOnlyList<ConfusedPair> shown = report.MostConfused(options.MaximumClasses);
        string title = options.Title ?? string.Create(
            CultureInfo.InvariantCulture,
            $"The {shown.Count:N0} largest confusions of {report.Classes.Count:N0} classes ({shown.Sum(one => one.Count):N0} of "
                + $"{report.SampleCount - report.Confusion.Correct:N0} mistakes)");
        Plot plot = PlotStyle.NewPlot(title, "samples", "");
        string[] names = [.. shown.Select(one => $"{PlotStyle.Short(one.LabelName, 22)} → {PlotStyle.Short(one.PredictedName, 22)}")];
        for (int row = 0; row < shown.Count; row++)
        {
            BarPlot bars = plot.Add.Bar(new Bar
            {
                Position = row,
                Value = shown[row].Count,
                Orientation = Orientation.Horizontal,
                FillColor = style.Series(0),
                LineColor = style.Series(0),
                Size = 0.7,
                ValueLabel = string.Create(CultureInfo.InvariantCulture, $"{shown[row].Count:N0}  ({shown[row].Share:P0} of its class)"),
            });
            bars.ValueLabelStyle.ForeColor = style.Foreground;
            bars.ValueLabelStyle.FontSize = 11;
        }

        plot.Axes.Left.SetTicks([.. Enumerable.Range(0, shown.Count).Select(row => (double)row)], names);
        Bare(plot.Axes.Left, 11);
        plot.Axes.Bottom.TickGenerator = new NumericAutomatic { IntegerTicksOnly = true };
        plot.HideGrid();
        plot.Axes.SetLimits(0, 1.35 * Math.Max(shown.Count == 0 ? 1 : shown[0].Count, 1), Math.Max(shown.Count, 1) - 0.4, -0.6);
        style.Apply(plot, [title, .. names]);
        return new Figure(options.Width ?? 900, options.Height ?? (120 + (shown.Count * 26)), Described(report)) { Plots = [(plot, 1)] };
    }

    private static void Bare(IAxis axis, float size)
    {
        axis.MajorTickStyle.Length = 0;
        axis.TickLabelStyle.FontSize = size;
    }

    /// <summary>A count in at most five letters.</summary>
    private static string Compact(long count) => count switch
    {
        >= 10_000_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e6:0} M"),
        >= 10_000 => string.Create(CultureInfo.InvariantCulture, $"{count / 1e3:0} k"),
        _ => count.ToString(CultureInfo.InvariantCulture),
    };

    private static string Described(ClassificationReport report)
    {
        string largest = string.Join("; ", report.MostConfused(3).Select(one => string.Create(
            CultureInfo.InvariantCulture, $"{one.LabelName} taken for {one.PredictedName} {one.Count:N0} times")));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{report.Confusion.Correct:N0} of {report.SampleCount:N0} samples of {report.Classes.Count:N0} classes were predicted "
                + $"correctly. {(largest.Length == 0 ? "There were no confusions." : $"The largest confusions: {largest}.")}");
    }
}
