using BenchmarkDotNet.Attributes;

namespace TransferLearning.Benchmarks;

/// <summary>From an encoded 500 x 375 image to normalised values.</summary>
public class ImageBenchmarks
{
    private readonly float[] _numbers = new float[3 * 224 * 224];
    private readonly ImagePipeline _evaluation = ImagePipeline.ForEvaluation(ImagePreprocess.ImageNet);
    private readonly ImagePipeline _training = ImagePipeline.ForTraining(ImagePreprocess.ImageNet);
    private Sample? _encoded;
    private Sample? _raw;

    [GlobalSetup]
    public void Draw()
    {
        // A smooth image with some detail, as photographs are; noise alone would make the decoder's work untypical.
        byte[] rgb = new byte[500 * 375 * 3];
        SeededRandom random = new(3);
        using ImagePixels image = new(500, 375);
        for (int i = 0; i < 500 * 375; i++)
        {
            (int x, int y) = (i % 500, i / 500);
            for (int channel = 0; channel < 3; channel++)
            {
                double value = 128 + (60 * Math.Sin((x + (40 * channel)) / 31.0)) + (40 * Math.Cos(y / 23.0)) + (8 * random.NextGaussian());
                rgb[(i * 3) + channel] = image.Bytes[(i * 4) + channel] = (byte)Math.Clamp(value, 0, 255);
            }
        }

        _encoded = new Sample("image", 0, new EncodedImage(ImageEncoder.ToJpeg(image, 88)));
        _raw = new Sample("pixels", 0, new RawImage(500, 375, rgb));
    }

    [Benchmark(Baseline = true)]
    public void DecodeResizeCropNormalise() => Apply(_evaluation, _encoded!);

    [Benchmark]
    public void ResizeCropNormalise() => Apply(_evaluation, _raw!);

    [Benchmark]
    public void DecodeRandomCropFlipNormalise() => Apply(_training, _encoded!);

    private void Apply(ImagePipeline pipeline, Sample sample)
    {
        SeededRandom random = new(1);
        pipeline.Apply(sample, ref random, _numbers);
    }
}
