using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;

namespace TransferLearning.Reports;

/// <summary>Loss and score, epoch by epoch.</summary>
internal static class HistoryFigure
{
    public static Figure Of(TrainingHistory history, PlotOptions options)
    {
        PlotStyle style = new(options.Theme);
        IReadOnlyList<EpochResult> epochs = history.Epochs;
        string? score = epochs.Select(epoch => epoch.ValidationScore?.Name).FirstOrDefault(name => name is not null);
        bool isAccuracy = score is null or "accuracy";
        (string, Func<EpochResult, double?>)[] losses = [("training", epoch => epoch.Loss), ("validation", epoch => epoch.ValidationLoss)];
        (string, Func<EpochResult, double?>)[] scores =
        [
            ("training", epoch => isAccuracy ? epoch.Accuracy : null), ("validation", epoch => epoch.ValidationScore?.Value),
        ];
        bool hasScores = epochs.Any(epoch => scores.Any(series => series.Item2(epoch) is not null));
        string title = options.Title ?? "Training";
        List<(Plot, double)> plots = [(Panel(style, title, "loss", losses, history), hasScores ? 0.5 : 1)];
        if (hasScores)
        {
            plots.Add((Panel(style, "", score ?? "accuracy", scores, history), 0.5));
        }

        return new Figure(options.Width ?? 800, options.Height ?? (hasScores ? 640 : 400), Described(history, score)) { Plots = plots };
    }

    private static Plot Panel(
        PlotStyle style, string title, string what, (string Name, Func<EpochResult, double?> Value)[] all,
        TrainingHistory history)
    {
        Plot plot = PlotStyle.NewPlot(title, "epoch", what);
        for (int number = 0; number < all.Length; number++)
        {
            Coordinates[] points =
            [
                .. history.Epochs
                    .Where(epoch => all[number].Value(epoch) is { } value && double.IsFinite(value))
                    .Select(epoch => new Coordinates(epoch.Epoch, all[number].Value(epoch)!.Value))
            ];
            if (points.Length > 0)
            {
                Scatter line = plot.Add.Scatter(points, style.Series(number));
                line.LegendText = all[number].Name;
                line.MarkerShape = PlotStyle.Mark(number);
                line.MarkerSize = points.Length > 60 ? 0 : 7;
                line.LineWidth = 2;
                line.LinePattern = number == 0 ? LinePattern.Solid : LinePattern.DenselyDashed;
            }
        }

        if (history.BestEpoch > 0 && history.Epochs.Any(epoch => epoch.ValidationLoss is not null))
        {
            VerticalLine best = plot.Add.VerticalLine(history.BestEpoch, 1, style.Foreground, LinePattern.Dotted);
            best.LegendText = $"weights kept (epoch {history.BestEpoch})";
        }

        plot.Axes.Bottom.TickGenerator = new NumericAutomatic
        {
            IntegerTicksOnly = true,
            LabelFormatter = epoch => epoch.ToString("0", CultureInfo.InvariantCulture),
        };
        plot.Axes.Margins(0.03, 0.1);
        plot.ShowLegend(what == "loss" ? Alignment.UpperRight : Alignment.LowerRight);
        style.Apply(plot, [title, what]);
        return plot;
    }

    private static string Described(TrainingHistory history, string? score)
    {
        if (history.Epochs.Count == 0)
        {
            return "No epoch was finished.";
        }

        EpochResult first = history.Epochs[0], last = history.Epochs[^1];
        string validation = last.ValidationLoss is { } loss
            ? string.Create(CultureInfo.InvariantCulture, $"; of validation from {first.ValidationLoss:G4} to {loss:G4}")
            : "";
        string scores = last.ValidationScore is { } value
            ? string.Create(
                CultureInfo.InvariantCulture, $"; {score} of validation from {first.ValidationScore?.Value:G4} to {value.Value:G4}")
            : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"Loss of training over {history.Epochs.Count} epochs, from {first.Loss:G4} to {last.Loss:G4}{validation}{scores}. "
                + $"The model has the weights of epoch {history.BestEpoch}.");
    }
}
