using ScottPlot;
using ScottPlot.Plottables;

namespace TransferLearning.Reports;

/// <summary>How often predictions of a confidence are correct.</summary>
internal static class ReliabilityFigure
{
    public static Figure Of(Calibration calibration, PlotOptions options)
    {
        PlotStyle style = new(options.Theme);
        string title = options.Title ?? string.Create(
            CultureInfo.InvariantCulture, $"Reliability: expected calibration error {calibration.ExpectedError:P1}");
        Plot plot = PlotStyle.NewPlot(title, "confidence (largest probability)", "share predicted correctly");
        LinePlot perfect = plot.Add.Line(0, 0, 1, 1);
        perfect.LineColor = style.Foreground;
        perfect.LinePattern = LinePattern.DenselyDashed;
        perfect.LegendText = "as sure as correct";
        foreach (CalibrationBin bin in calibration.Bins.Where(bin => bin.Count > 0))
        {
            BarPlot bars = plot.Add.Bar(new Bar
            {
                Position = (bin.Lower + bin.Upper) / 2,
                Value = bin.Accuracy!.Value,
                Size = (bin.Upper - bin.Lower) * 0.9,
                FillColor = style.Series(0).WithAlpha(0.75),
                LineColor = style.Series(0),
                ValueLabel = bin.Count.ToString("N0", CultureInfo.InvariantCulture),
            });
            bars.ValueLabelStyle.ForeColor = style.Foreground;
            bars.ValueLabelStyle.FontSize = 10;
        }

        Coordinates[] means =
        [
            .. calibration.Bins.Where(bin => bin.Count > 0).Select(bin => new Coordinates(bin.Confidence!.Value, bin.Accuracy!.Value))
        ];
        Scatter marks = plot.Add.ScatterPoints(means, style.Series(1));
        marks.MarkerShape = MarkerShape.FilledDiamond;
        marks.MarkerSize = 9;
        marks.LegendText = "mean confidence of the bar";
        plot.Axes.SetLimits(0, 1, 0, 1.08);
        plot.ShowLegend(Alignment.UpperLeft);
        style.Apply(plot, [title]);
        return new Figure(options.Width ?? 640, options.Height ?? 480, Described(calibration)) { Plots = [(plot, 1)] };
    }

    private static string Described(Calibration calibration)
    {
        double gap = calibration.Bins.Where(bin => bin.Count > 0).Sum(bin => bin.Count * (bin.Confidence!.Value - bin.Accuracy!.Value));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Confidence and accuracy in {calibration.Bins.Count} intervals differ by {calibration.ExpectedError:P1} in the mean and by "
                + $"{calibration.MaximumError:P1} at most; on the whole the model is "
                + $"{(gap > 0 ? "overconfident" : "underconfident")}. "
                + $"The numbers on the bars say how many samples there are.");
    }
}
