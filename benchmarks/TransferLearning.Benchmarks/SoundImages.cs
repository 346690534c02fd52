using SkiaSharp;

namespace TransferLearning.Benchmarks;

/// <summary>Draws the images of docs/sound.md: a log-mel spectrogram, and what SpecAugment makes of it.</summary>
internal static class SoundImages
{
    private const int Cell = 6;
    private const int Margin = 34;

    /// <summary>Writes <c>sound.png</c> into a folder.</summary>
    public static string Draw(string recording, string folder)
    {
        AudioFrontEnd logMel = new MelSpectrogram { HopLength = 160, MelBands = 64 }.Then(new DecibelScale { TopDecibels = 80 });
        ReadOnlySpan<float> samples = AudioFile.Read(recording, sampleRate: 16_000).Samples.Span;
        SeededRandom random = new(5);
        AudioFrames plain = logMel.Compute(samples);
        SpecAugment augment = new() { FrequencyWidth = 10, TimeWidth = 10, TimeWarp = 5 };
        AudioFrames altered = augment.Apply(logMel.Compute(samples), ref random);
        int width = plain.Count * Cell;
        int height = plain.Bands * Cell / 2;
        using SKBitmap image = new((2 * width) + (3 * Margin), height + (2 * Margin));
        using SKCanvas canvas = new(image);
        canvas.Clear(SKColors.White);
        using SKFont font = new(SKTypeface.Default, 14);
        using SKPaint ink = new() { Color = SKColors.Black, IsAntialias = true };
        Panel(plain, Margin, $"log-mel, {plain.Bands} bands x {plain.Count} frames of 10 ms");
        Panel(altered, width + (2 * Margin), "after SpecAugment: two masks each way, time warped");
        string path = Path.Combine(folder, "sound.png");
        using SKData png = image.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(path, png.ToArray());
        return $"\"{path}\"";

        void Panel(AudioFrames frames, int left, string title)
        {
            canvas.DrawText(title, left, Margin - 10, SKTextAlign.Left, font, ink);
            using SKPaint paint = new();
            float highest = Math.Max(1e-6f, plain.Values.ToArray().Max());
            for (int band = 0; band < frames.Bands; band++)
            {
                for (int frame = 0; frame < frames.Count; frame++)
                {
                    float share = Math.Clamp((frames[band, frame] - (highest - 80)) / 80, 0, 1);
                    paint.Color = SKColor.FromHsv(260 - (210 * share), 90 - (30 * share), 15 + (85 * share));
                    canvas.DrawRect(left + (frame * Cell), Margin + height - ((band + 1) * Cell / 2), Cell, Cell / 2, paint);
                }
            }

            canvas.DrawText("time →", left, Margin + height + 18, SKTextAlign.Left, font, ink);
        }
    }
}
