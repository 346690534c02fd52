using ScottPlot;
using ScottPlot.Plottables;

namespace TransferLearning.Reports;

/// <summary>Samples on a plane, close where their features are.</summary>
internal static class EmbeddingFigure
{
    /// <param name="points">[n][2].</param>
    /// <param name="labels">The class of each.</param>
    /// <param name="isWrong">Whether each was predicted wrongly: it gets a ring.</param>
    /// <param name="classNames">The names of the classes.</param>
    /// <param name="name">What made the map: <c>PCA</c>, <c>t-SNE</c>.</param>
    /// <param name="options">How it is drawn.</param>
    public static Figure Of(
        IReadOnlyList<double[]> points, IReadOnlyList<int> labels, IReadOnlyList<bool> isWrong, IReadOnlyList<string> classNames,
        string name, PlotOptions options)
    {
        PlotStyle style = new(options.Theme);
        string title = options.Title ?? string.Create(CultureInfo.InvariantCulture, $"{name} of the features of {points.Count:N0} samples");
        Plot plot = PlotStyle.NewPlot(title, "", "");
        int[][] classes =
        [
            .. Enumerable.Range(0, points.Count)
                .GroupBy(sample => labels[sample])
                .OrderByDescending(group => group.Count())
                .ThenBy(group => group.Key)
                .Select(group => group.ToArray())
        ];
        int most = Math.Min(options.MaximumClasses, 20);
        int shown = classes.Length <= most ? classes.Length : most - 1;
        foreach (int[] rest in classes.Skip(shown))
        {
            Scatter marks = Marks(rest, style.Faint);
            marks.MarkerSize = 4;
            marks.MarkerShape = MarkerShape.FilledCircle;
        }

        int[][] named = [.. classes.Take(shown).OrderBy(samples => labels[samples[0]])];
        for (int number = 0; number < named.Length; number++)
        {
            int[] samples = named[number];
            Scatter marks = Marks(samples, style.Series(number));
            marks.MarkerShape = PlotStyle.Mark(number);
            marks.MarkerSize = points.Count > 400 ? 6 : 8;
            marks.MarkerLineWidth = 1.5f;
            marks.LegendText = PlotStyle.Short(classNames[labels[samples[0]]]);
        }

        int[] wrong = [.. Enumerable.Range(0, points.Count).Where(sample => isWrong[sample])];
        if (wrong.Length > 0)
        {
            Scatter rings = Marks(wrong, style.Foreground);
            rings.MarkerShape = MarkerShape.OpenCircle;
            rings.MarkerSize = 14;
            rings.MarkerLineWidth = 1.2f;
            rings.LegendText = "predicted wrongly";
        }

        if (shown < classes.Length)
        {
            Annotation note = plot.Add.Annotation(string.Create(
                CultureInfo.InvariantCulture, $"small grey dots: the other {classes.Length - shown:N0} classes"));
            note.LabelStyle.ForeColor = style.Foreground;
            note.LabelStyle.BackgroundColor = style.Background;
            note.LabelStyle.BorderColor = style.Faint;
            note.LabelStyle.ShadowColor = Colors.Transparent;
        }

        plot.Axes.Bottom.SetTicks([], []);
        plot.Axes.Left.SetTicks([], []);
        plot.HideGrid();
        bool isNarrow = options.Width < 500;
        plot.ShowLegend(isNarrow ? Edge.Bottom : Edge.Right);
        style.Apply(plot, [title, .. classNames]);
        string described = string.Create(
            CultureInfo.InvariantCulture,
            $"A map of {points.Count:N0} samples of {classes.Length:N0} classes; samples with like features are close.");
        return new Figure(options.Width ?? 800, options.Height ?? 560, described) { Plots = [(plot, 1)] };

        Scatter Marks(int[] samples, Color color)
            => plot.Add.ScatterPoints(Array.ConvertAll(samples, sample => new Coordinates(points[sample][0], points[sample][1])), color);
    }
}
