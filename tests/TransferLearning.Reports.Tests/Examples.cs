using SkiaSharp;

namespace TransferLearning.Reports.Tests;

/// <summary>Results and data of no training, for what draws and writes them.</summary>
internal static class Examples
{
    public static TrainingHistory History(int epochs) => new(
        [
            .. Enumerable.Range(1, epochs).Select(epoch => new EpochResult(
                epoch, 2.0 / epoch, 1 - (0.9 / epoch), 0.01, 1.5, 1200)
            {
                ValidationLoss = (2.2 / epoch) + (0.01 * epoch),
                ValidationScore = new Score("accuracy", 0.9 - (0.6 / epoch)),
            })
        ],
        StopReason.Completed, epochs, 12_345, SkippedSamples.None, epochs * 1.5)
    {
        Steps = epochs * 10,
    };

    /// <summary>An evaluation of 20 samples a class; every fifth is taken for the next class, every ninth for the first.</summary>
    public static EvaluationResult Result(int classes)
    {
        string[] names = [.. Enumerable.Range(0, classes).Select(NameOf)];
        List<int> labels = [];
        List<double[]> scores = [];
        for (int i = 0; i < classes * (classes > 100 ? 2 : 20); i++)
        {
            int label = i % classes;
            int predicted = i % 5 == 0 ? (label + 1) % classes : i % 9 == 0 ? 0 : label;
            double[] row = new double[classes];
            double sure = 0.5 + (i % 10 * 0.05);
            Array.Fill(row, (1 - sure) / Math.Max(classes - 1, 1));
            row[predicted] = sure;
            labels.Add(label);
            scores.Add(row);
        }

        ClassificationReport report = ClassificationReport.FromScores(labels, scores, names);
        return new EvaluationResult(report, 0.61, labels.Count, SkippedSamples.None, 0, 2.5);
    }

    /// <summary>Small images of plain colours with a square, two classes in turn.</summary>
    public static Dataset Images(int count, IReadOnlyList<string>? classNames = null)
    {
        classNames ??= ["red", "blue"];
        SampleContent[] images = [.. Enumerable.Range(0, count).Select(i => Image(i, classNames.Count))];
        return Dataset.FromImages(images, [.. Enumerable.Range(0, count).Select(i => i % classNames.Count)], classNames);
    }

    /// <summary>The same images, each with a number to be predicted.</summary>
    public static Dataset Numbers(int count) => new NumberImages(Images(count));

    private static string NameOf(int number) => $"{(number % 7 == 3 ? "a class with a rather long name, number" : "class")} {number}";

    private static EncodedImage Image(int number, int classes)
    {
        using SKBitmap bitmap = new(40, 32);
        using SKCanvas canvas = new(bitmap);
        canvas.Clear(SKColor.FromHsl(number % classes * 360f / classes, 80, 50));
        using SKPaint paint = new() { Color = SKColors.White };
        canvas.DrawRect(4 + (number % 10), 6, 10, 10, paint);
        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        return new EncodedImage(data.ToArray());
    }
}
