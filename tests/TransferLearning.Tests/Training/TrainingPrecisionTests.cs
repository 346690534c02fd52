using TorchSharp;

namespace TransferLearning.Tests;

public sealed class TrainingPrecisionTests
{
    private static readonly FineTuneOptions Short = new() { Epochs = 6, BatchSize = 16, Seed = 5 };

    [Fact]
    public void A_image_network_learns_in_bfloat16_and_keeps_float32_weights()
    {
        SkipWithoutBFloat16();
        (List<double> full, _) = Losses(Precision.Float32);
        (List<double> half, torch.ScalarType[] types) = Losses(Precision.BFloat16);
        AssertLearns(full, half, types);

        static (List<double> Losses, torch.ScalarType[] Types) Losses(Precision precision)
        {
            using ToyTraining toy = new(48);
            List<double> losses = [];
            toy.Train(Short with { Precision = precision, Observers = [Into(losses)] });
            return (losses, [.. toy.Network.parameters().Select(parameter => parameter.dtype).Distinct()]);
        }
    }

    [Fact]
    public void A_text_network_learns_in_bfloat16_and_keeps_float32_weights()
    {
        SkipWithoutBFloat16();
        (List<double> full, _) = Losses(Precision.Float32);
        (List<double> half, torch.ScalarType[] types) = Losses(Precision.BFloat16);
        AssertLearns(full, half, types);

        static (List<double> Losses, torch.ScalarType[] Types) Losses(Precision precision)
        {
            using TemporaryFolder folder = new();
            using TextModel model = TinyText.Model(folder.Path);
            using Dataset data = TinyText.Opinions();
            List<double> losses = [];
            FineTuneOptions options = Short with { Epochs = 2 * Short.Epochs, Precision = precision, Observers = [Into(losses)] };
            model.FineTune(data, new AdamW(3e-3), options);
            return (losses, [.. model.Module.parameters().Select(parameter => parameter.dtype).Distinct()]);
        }
    }

    private static void AssertLearns(List<double> full, List<double> half, torch.ScalarType[] types)
    {
        Assert.Equal([torch.ScalarType.Float32], types);
        Assert.InRange(half[0] / full[0], 0.97, 1.03); // bfloat16 has eight binary digits
        Assert.NotEqual(full, half);
        Assert.True(half.TakeLast(3).Average() < 0.6 * half[0], string.Join(" ", half));
    }

    private static Immediate<TrainingEvent> Into(List<double> losses)
        => new(reported => losses.AddRange(reported is TrainingEvent.StepTaken { Loss: { } loss } ? [loss] : []));

    private static void SkipWithoutBFloat16()
        => Assert.SkipUnless(Autocast.IsSupported && Autocast.ProcessorHasBFloat16, "This processor does not multiply bfloat16.");
}
