using SkiaSharp;

namespace TransferLearning.Reports;

/// <summary>Draws samples as a network sees them.</summary>
internal static class ContactSheet
{
    private const int Gap = 6;
    private const int NameHeight = 16;
    private const int HeadHeight = 46;
    private const float NameSize = 11;

    /// <summary>A PNG file of all.</summary>
    public static byte[] Draw(Dataset dataset, StackedPreprocessor preprocessor, ContactSheetOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Samples, nameof(options.Samples));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Samples, 100, nameof(options.Samples));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.Draws, nameof(options.Draws));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Draws, 50, nameof(options.Draws));
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Size, 16, nameof(options.Size));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Size, 1024, nameof(options.Size));
        if (dataset.Count == 0 || preprocessor.Shape is not [1 or 3, > 0, > 0])
        {
            throw new ArgumentException(
                dataset.Count == 0
                    ? "The data set has no samples."
                    : $"The preprocessor makes [{string.Join(", ", preprocessor.Shape)}]; a contact sheet needs [3, height, width].",
                nameof(dataset));
        }

        int draws = preprocessor.IsDeterministic ? 1 : options.Draws;
        int[] samples = Chosen(dataset, options.Samples, options.Seed);

        // Without draws the samples fill a grid instead of one narrow column.
        int columns = draws > 1 ? draws : Math.Min(samples.Length, options.Draws);
        int rows = draws > 1 ? samples.Length : (samples.Length + columns - 1) / columns;
        int cell = options.Size;
        SKImageInfo layout = new(Math.Max(Gap + (columns * (cell + Gap)), 420), HeadHeight + (rows * (cell + NameHeight + Gap)) + Gap);
        using SKSurface surface = SKSurface.Create(layout);
        SKCanvas canvas = surface.Canvas;
        canvas.Clear(SKColors.White);
        using SKFont large = new(EmbeddedFont.Typeface, 14);
        using SKFont small = new(EmbeddedFont.Typeface, NameSize);
        using SKPaint ink = new() { Color = new SKColor(0x1b, 0x1f, 0x24), IsAntialias = true };
        (string head, string detail) = Heading(preprocessor, draws, options.Seed);
        canvas.DrawText(head, Gap, 19, SKTextAlign.Left, large, ink);
        canvas.DrawText(detail, Gap, 36, SKTextAlign.Left, small, ink);
        for (int place = 0; place < samples.Length; place++)
        {
            Sample sample = dataset.Read(samples[place]);
            int row = draws > 1 ? place : place / columns;
            float top = HeadHeight + (row * (cell + NameHeight + Gap));
            float left = Gap + (draws > 1 ? 0 : place % columns * (cell + Gap));
            string name = Caption(dataset, samples[place], (draws > 1 ? layout.Width : cell) - (2 * Gap), small);
            canvas.DrawText(name, left, top + NameSize, SKTextAlign.Left, small, ink);
            for (int draw = 0; draw < draws; draw++)
            {
                using SKImage image = Seen(sample, samples[place], preprocessor, options.Seed, draw);
                SKRect to = SKRect.Create(left + (draw * (cell + Gap)), top + NameHeight, cell, cell);
                SKSamplingOptions sampling = image.Width < cell
                    ? new SKSamplingOptions(SKFilterMode.Nearest)
                    : new SKSamplingOptions(SKFilterMode.Linear, SKMipmapMode.Linear);
                canvas.DrawImage(image, Fitted(image, to), sampling);
            }
        }

        using SKImage all = surface.Snapshot();
        using SKData data = all.Encode(SKEncodedImageFormat.Png, 100);
        return data.ToArray();
    }

    /// <summary>Some samples of each class in turn, so that a sorted folder does not give eight images of its first class.</summary>
    private static int[] Chosen(Dataset dataset, int count, long seed)
    {
        int[] all = [.. Enumerable.Range(0, dataset.Count)];
        new SeededRandom(seed, stream: -1).Shuffle<int>(all);
        Dictionary<int, int> taken = [];
        return
        [
            .. all
                .Select(sample => (sample, round: Round(dataset.ClassNames.Count > 0 ? dataset.LabelOf(sample) : 0)))
                .OrderBy(entry => entry.round)
                .Take(count)
                .Select(entry => entry.sample)
                .Order()
        ];

        int Round(int label) => taken[label] = taken.GetValueOrDefault(label) + 1;
    }

    private static (string Head, string Detail) Heading(StackedPreprocessor preprocessor, int draws, long seed)
    {
        string size = $"{preprocessor.Shape[2]} x {preprocessor.Shape[1]}";
        string scaled = preprocessor is ImagePipeline ? "" : "; each scaled to its own range";
        return draws > 1
            ? ($"What training sees: {size} pixels{scaled}", $"A row is a sample, a column what an epoch draws; seed {seed}")
            : ($"What the network sees: {size} pixels{scaled}", "Nothing is drawn at random: every epoch sees the same");
    }

    private static string Caption(Dataset dataset, int index, float width, SKFont font)
    {
        string name = dataset.NameOf(index);
        string file = name[(name.LastIndexOfAny(['/', '\\']) + 1)..];
        string all = dataset.TargetOf(index) is ClassTarget target && target.Class < dataset.ClassNames.Count
            ? $"{dataset.ClassNames[target.Class]} · {file}"
            : file;
        for (int longest = 60; longest > 3; longest--)
        {
            string shown = PlotStyle.Short(all, longest);
            if (font.MeasureText(shown) <= width)
            {
                return shown;
            }
        }

        return "";
    }

    /// <summary>One draw as pixels.</summary>
    private static SKImage Seen(Sample sample, int index, StackedPreprocessor preprocessor, long seed, int draw)
    {
        int channels = (int)preprocessor.Shape[0], height = (int)preprocessor.Shape[1], width = (int)preprocessor.Shape[2];
        int plane = height * width;
        float[] values = new float[channels * plane];
        SeededRandom random = new(seed, draw, index); // what the loader draws of sample `index` in epoch `draw`
        preprocessor.Apply(sample, ref random, values);
        (float Scale, float Shift)[] undo = Undo(preprocessor, values, channels);
        byte[] pixels = new byte[plane * 4];
        for (int i = 0; i < plane; i++)
        {
            for (int channel = 0; channel < 3; channel++)
            {
                int from = Math.Min(channel, channels - 1);
                float value = (values[(from * plane) + i] * undo[from].Scale) + undo[from].Shift;
                pixels[(i * 4) + channel] = (byte)Math.Clamp(MathF.Round(value * 255), 0, 255);
            }

            pixels[(i * 4) + 3] = 255;
        }

        return SKImage.FromPixelCopy(new SKImageInfo(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque), pixels);
    }

    private static (float Scale, float Shift)[] Undo(StackedPreprocessor preprocessor, float[] values, int channels)
    {
        if (preprocessor is ImagePipeline { Mean: var mean, Std: var std })
        {
            return [(std.Red, mean.Red), (std.Green, mean.Green), (std.Blue, mean.Blue)];
        }

        float low = values.Min(), high = values.Max();
        float scale = high > low ? 1 / (high - low) : 0;
        return [.. Enumerable.Repeat((scale, -low * scale), channels)];
    }

    private static SKRect Fitted(SKImage image, SKRect into)
    {
        float scale = Math.Min(into.Width / image.Width, into.Height / image.Height);
        return SKRect.Create(
            into.Left + ((into.Width - (image.Width * scale)) / 2), into.Top + ((into.Height - (image.Height * scale)) / 2),
            image.Width * scale, image.Height * scale);
    }
}
