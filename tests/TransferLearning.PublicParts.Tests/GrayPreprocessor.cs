using static TorchSharp.torch;

namespace PublicParts.Tests;

/// <summary>A preprocessor of one's own: images without colors.</summary>
internal sealed class GrayPreprocessor : StackedPreprocessor
{
    public override bool IsDeterministic => true;

    public override string Fingerprint => "gray";

    public override IReadOnlyList<long> Shape { get; } = [3, ColorImages.Side, ColorImages.Side];

    public override Target Apply(Sample sample, ref SeededRandom random, Span<float> destination)
    {
        RawImage image = sample.Input as RawImage
            ?? throw new ArgumentException($"'{sample.Name}' is no {nameof(RawImage)}.", nameof(sample));
        int pixels = image.Width * image.Height;
        for (int i = 0; i < pixels; i++)
        {
            ReadOnlySpan<byte> pixel = image.Rgb.Span.Slice(3 * i, 3);
            float gray = (pixel[0] + pixel[1] + pixel[2]) / (3 * 255f);
            (destination[i], destination[pixels + i], destination[(2 * pixels) + i]) = (gray, gray, gray);
        }

        return sample.Target;
    }

    public override ModelInput ToInput(Tensor values) => new ImageInput(values);
}
