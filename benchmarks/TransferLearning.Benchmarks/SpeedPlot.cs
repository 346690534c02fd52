using System.Globalization;
using System.Text.Json;
using ScottPlot;
using ScottPlot.Plottables;
using ScottPlot.TickGenerators;
using TransferLearning.Reports;
using PlotStyle = TransferLearning.Reports.PlotStyle;

namespace TransferLearning.Benchmarks;

/// <summary>Draws the plot that the page of benchmarks begins with, from the files of results of one processor.</summary>
internal static class SpeedPlot
{
    // What a reader wants to know first: the case, the way, and where its ratio stands.
    private static readonly (string Case, string Area, string Name)[] Shown =
    [
        ("head alone, 10 epochs: features kept from an earlier run, to Python's loop", "frozen",
            "frozen ResNet-18, 10 epochs, second run from the disk cache, images/s to Python's uncached loop as installed"),
        ("head alone, 10 epochs: first run, bfloat16 allowed, to Python's loop", "frozen",
            "frozen ResNet-18, 10 epochs, first run, bfloat16 allowed, images/s to Python's uncached loop as installed"),
        ("head alone, 10 epochs: first run, float32, to Python's loop", "frozen",
            "frozen ResNet-18, 10 epochs, first run, images/s to Python's uncached loop as installed"),
        ("last stage of ResNet-18, 10 epochs: the rest computed once, to computed in each", "division",
            "ResNet-18 from layer4, 10 epochs, what is frozen computed once, speed to running it as it is"),
        ("last two layers of BERT, 10 epochs: the rest computed once, to computed in each", "division",
            "BERT-base from layer.10, 10 epochs, what is frozen computed once, speed to running it as it is"),
        ("features of ResNet-18, 224 px: int8, to ONNX Runtime", "features",
            "features of resnet18 at 224 px, batches of 100, images/s in int8, to ONNX Runtime in float32"),
        ("features of ResNet-18, 224 px: bfloat16, to ONNX Runtime", "features",
            "features of resnet18 at 224 px, batches of 100, images/s in bfloat16, to ONNX Runtime in float32"),
        ("features of ResNet-18, 224 px: float32, to ONNX Runtime", "features",
            "features of resnet18 at 224 px, batches of 100, images/s in float32, to ONNX Runtime"),
        ("features of BERT-base: int8, to float32", "text-int8", "features of BERT-base, texts/s in int8, to its float32"),
        ("every weight of ResNet-18, 32 px: bfloat16 and channels last, to Python", "overhead",
            "train ResNet-18 at 32 px, batch 100, bfloat16 and channels last, images/s, to Python as installed"),
        ("every weight of ResNet-18, 32 px: channels last, to Python", "overhead",
            "train ResNet-18 at 32 px, batch 100, channels last, images/s, to Python as installed"),
        ("every weight of ResNet-18, 32 px: plain, to Python", "overhead",
            "train ResNet-18 at 32 px, batch 100, images/s, to Python as installed"),
        ("every weight of BERT-base, to Python with OpenBLAS", "text",
            "BERT-base, batch 8 x 128, training step: batches a second, beside Python with another BLAS"),
        ("wav2vec2-base, CTC training, to Python with OpenBLAS", "speech-models",
            "wav2vec2-base, batch of 4 x 2 s, CTC training step: seconds of sound a second, beside Python"),
        ("photographs, features and head, whole job: bfloat16 allowed, to ML.NET", "mlnet",
            "ResNet-18 of CNTK, 244 photographs: load, fit, evaluate, and predict the validation images one by one, bfloat16 allowed, "
                + "seconds of one core to ML.NET's"),
        ("photographs, features and head, whole job: float32, to ML.NET", "mlnet",
            "ResNet-18 of CNTK, 244 photographs: load, fit, evaluate, and predict the validation images one by one, seconds of one core to "
                + "ML.NET's"),
        ("start of a program to its first prediction, to Python", "first-use",
            "start to first prediction of MobileNetV2, as the package has it, seconds, to Python"),
        ("decode and resize a JPEG, to Pillow", "images",
            "decode, resize, crop, normalise a 500 x 375 JPEG, images per second of one core, to Pillow + torchvision as installed"),
    ];

    /// <summary>RESULTS TARGET: the folder of one processor, and the SVG file to write.</summary>
    public static string Draw(string[] arguments)
    {
        (double Speed, string Case)[] bars =
            [.. Shown.Select(entry => (SpeedOf(arguments[0], entry.Area, entry.Name), entry.Case)).Reverse()];
        PlotStyle style = new(PlotTheme.Light);
        string title = $"How many times as fast ({MachineOf(arguments[0])})";
        Plot plot = PlotStyle.NewPlot(title, "times as fast, logarithmic", "");
        for (int i = 0; i < bars.Length; i++)
        {
            Bar bar = new()
            {
                Position = i,
                Value = Math.Log10(bars[i].Speed),
                Orientation = Orientation.Horizontal,
                FillColor = style.Series(bars[i].Speed < 1 ? 1 : 0),
                LineWidth = 0,
                Size = 0.7,
            };
            plot.Add.Bar(bar);
            Text label = plot.Add.Text(bars[i].Speed.ToString("G3", CultureInfo.InvariantCulture), Math.Max(bar.Value, 0) + 0.03, i);
            label.LabelAlignment = Alignment.MiddleLeft;
            label.LabelFontSize = 12;
        }

        plot.Axes.Left.TickGenerator = new NumericManual([.. bars.Select((_, i) => (double)i)], [.. bars.Select(bar => bar.Case)]);
        plot.Axes.Bottom.TickGenerator = new NumericManual([0, 1, 2], ["1", "10", "100"]);
        plot.Add.VerticalLine(0, 1, style.Foreground);
        plot.Axes.SetLimits(-0.1, Math.Log10(bars.Max(bar => bar.Speed)) + 0.25, -0.6, bars.Length - 0.4);
        style.Apply(plot, [title, .. bars.Select(bar => bar.Case)]);
        Figure figure = new(1100, 60 + (30 * bars.Length), title) { Plots = [(plot, 1)] };
        File.WriteAllText(arguments[1], figure.ToSvg());
        return JsonSerializer.Serialize(new { bars = bars.Length, file = arguments[1] });
    }

    private static string MachineOf(string folder)
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "overhead.json")));
        return file.RootElement.GetProperty("machine").GetString()!;
    }

    private static double SpeedOf(string folder, string area, string name)
    {
        using JsonDocument file = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, $"{area}.json")));
        foreach (JsonElement row in file.RootElement.GetProperty("rows").EnumerateArray())
        {
            if (row.GetProperty("name").GetString() == name)
            {
                double ratio = row.GetProperty("ratio").GetDouble();
                return row.GetProperty("direction").GetString() == "atMost" ? 1 / ratio : ratio;
            }
        }

        throw new ArgumentException($"'{area}.json' in '{folder}' has no row '{name}'.");
    }
}
