using ScottPlot;
using ScottPlot.Plottables;
using TransferLearning.Reports;
using PlotStyle = TransferLearning.Reports.PlotStyle;

namespace TransferLearning.Benchmarks;

/// <summary>All methods on all tasks in one figure: a row for each method, a column for each task and each cost.</summary>
internal static class MethodFigure
{
    private const int Width = 1400;
    private const int RowHeight = 19;
    private const double Widest = 0.20;
    private const double Inner = 0.76;

    /// <summary>The file's text, SVG.</summary>
    /// <param name="machines">What was measured on each, fine-tuning of every task included.</param>
    public static string Draw(IReadOnlyList<MethodSummary[]> machines)
    {
        MethodSummary[] all = [.. machines.SelectMany(machine => machine)];
        PlotStyle style = new(PlotTheme.Light);
        const string Title
            = "What methods bring, in points, and cost, beside fine-tuning of all weights (the line); bars are one standard deviation";
        Plot plot = PlotStyle.NewPlot(Title, "", "");
        string[] methods = [.. MethodList.All.Select(method => method.Name).Where(name => all.Any(one => one.Method == name))];
        string[] tasks = [.. MethodTask.All.Select(task => task.Name).Where(name => all.Any(one => one.Task == name))];
        List<(double Place, string Label)> ticks = [];
        List<string> heads = [];
        for (int column = 0; column < tasks.Length; column++)
        {
            MethodSummary[] here = [.. all.Where(one => one.Task == tasks[column])];
            Column(column, $"{tasks[column]}", [(-Widest, "-20"), (0, "0"), (Widest, "+20")], -Widest, Widest, 0);
            foreach (MethodSummary one in here)
            {
                Mark(column, one.Method, one.Gain, one.GainSpread, one.Pays.Length > 0);
            }
        }

        Cost(tasks.Length, "trained, %", one => one.TrainedShare, [(0.0001, "0.01"), (0.01, "1"), (1, "100")]);
        Cost(tasks.Length + 1, "time, ratio", one => one.ProcessorSeconds / Base(one).ProcessorSeconds, [(0.1, "0.1"), (1, "1"), (4, "4")]);
        Cost(tasks.Length + 2, "memory, ratio", one => one.PeakMegabytes / Base(one).PeakMegabytes, [(0.5, "0.5"), (1, "1"), (2, "2")]);

        plot.Axes.Left.SetTicks([.. Enumerable.Range(0, methods.Length).Select(row => (double)row)], methods);
        plot.Axes.Bottom.SetTicks([.. ticks.Select(tick => tick.Place)], [.. ticks.Select(tick => tick.Label)]);
        plot.Axes.Left.TickLabelStyle.FontSize = 12;
        plot.HideGrid();
        plot.Axes.SetLimits(-0.03, tasks.Length + 3, methods.Length - 0.3, -1.6);
        style.Apply(plot, [Title, .. methods, .. heads]);
        Figure figure = new(Width, 130 + (RowHeight * (methods.Length + 1)), "") { Plots = [(plot, 1)] };
        return figure.ToSvg();

        MethodSummary Base(MethodSummary one) => machines.First(machine => machine.Contains(one))
            .Single(other => other.Task == one.Task && other.Method == MethodList.Baseline);

        void Column(int column, string head, (double Value, string Label)[] labels, double low, double high, double line)
        {
            heads.Add(head);
            Text text = plot.Add.Text(head, At(column, (low + high) / 2, low, high), -1.1);
            text.LabelAlignment = Alignment.MiddleCenter;
            text.LabelFontSize = 13;
            text.LabelFontColor = style.Foreground;
            foreach ((double value, string label) in labels)
            {
                double x = At(column, value, low, high);
                ticks.Add((x, label));
                LinePlot rule = plot.Add.Line(x, -0.6, x, methods.Length - 0.4);
                rule.LineColor = value == line ? style.Foreground : style.Faint;
                rule.LineWidth = value == line ? 1.4f : 1;
            }
        }

        void Mark(int column, string method, double value, double spread, bool pays, double low = -Widest, double high = Widest)
        {
            int row = Array.IndexOf(methods, method);
            double left = At(column, Math.Clamp(value - spread, low, high), low, high);
            double right = At(column, Math.Clamp(value + spread, low, high), low, high);
            LinePlot bar = plot.Add.Line(left, row, right, row);
            bar.LineColor = style.Series(pays ? 0 : 1);
            bar.LineWidth = 2;
            Marker mark = plot.Add.Marker(At(column, Math.Clamp(value, low, high), low, high), row);
            mark.MarkerShape = pays ? MarkerShape.FilledCircle : MarkerShape.OpenSquare;
            mark.MarkerSize = 7;
            mark.Color = style.Series(pays ? 0 : 1);
        }

        void Cost(int column, string head, Func<MethodSummary, double> of, (double Value, string Label)[] labels)
        {
            double low = Math.Log(labels[0].Value), high = Math.Log(labels[^1].Value);
            Column(column, head, [.. labels.Select(label => (Math.Log(label.Value), label.Label))], low, high, 0);
            foreach (string method in methods)
            {
                double[] values = [.. all.Where(one => one.Method == method).Select(of).Order()];
                double logarithm = Math.Log(values[values.Length / 2]);
                Mark(column, method, logarithm, 0, pays: logarithm < -0.4, low, high);
            }
        }

        double At(int column, double value, double low, double high) => column + (Inner * (value - low) / (high - low)) + ((1 - Inner) / 2);
    }
}
