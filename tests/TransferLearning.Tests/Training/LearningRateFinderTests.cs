using TorchSharp;

namespace TransferLearning.Tests;

public sealed class LearningRateFinderTests
{
    [Fact]
    public void Everything_is_as_it_was_afterwards_bit_for_bit()
    {
        using Dataset dataset = Images();
        using ImageModel model = TransferModel.Create("resnet20", 2).ReplaceHead(2, head => head.Dropout(0.3));
        torch.manual_seed(5);
        byte[] generator = Generator();
        byte[] weights = Bytes(model);
        bool[] modes = [.. model.Module.modules().Select(module => module.training)];
        LearningRateCurve curve = model.FindLearningRate(
            dataset, new AdamW(), new LearningRateFinderOptions { Steps = 12, Training = new() { BatchSize = 4 } });
        Assert.Equal(weights, Bytes(model));
        Assert.Equal(generator, Generator());
        Assert.Equal(modes, model.Module.modules().Select(module => module.training));
        Assert.All(model.Module.parameters(), parameter => Assert.Null(parameter.grad));
        Assert.InRange(curve.Points.Count, 2, 12);
    }

    [Fact]
    public void Training_after_a_search_equals_training_without_one()
    {
        Assert.Equal(Weights(searches: false), Weights(searches: true));

        static byte[] Weights(bool searches)
        {
            using Dataset dataset = Images();
            using ImageModel model = TransferModel.Create("resnet20", 2);
            if (searches)
            {
                model.FindLearningRate(
                    dataset, new Sgd(0.1), new LearningRateFinderOptions { Steps = 10, Training = new() { BatchSize = 4 } });
            }

            model.FineTune(dataset, new Sgd(0.01), new FineTuneOptions { Epochs = 1, BatchSize = 4 });
            return Bytes(model);
        }
    }

    [Fact]
    public void Rates_climb_evenly_on_a_logarithmic_scale_and_the_loss_is_smoothed()
    {
        using Dataset dataset = Images();
        using ImageModel model = TransferModel.Create("resnet20", 2);
        LearningRateFinderOptions options = new()
        {
            Start = 1e-6,
            End = 1e-2,
            Steps = 10,
            Smoothing = 0.5,
            StopFactor = null,
            Training = new() { BatchSize = 4 },
        };
        IReadOnlyList<LearningRatePoint> points = model.FindLearningRate(dataset, new Sgd(0.1), options).Points;
        Assert.Equal(10, points.Count);
        Assert.Equal(1e-6, points[0].LearningRate, 12);
        Assert.Equal(1e-2, points[^1].LearningRate, 9);
        Assert.All(
            points.Zip(points.Skip(1)),
            pair => Assert.Equal(Math.Pow(1e4, 1 / 9.0), pair.Second.LearningRate / pair.First.LearningRate, 9));
        double mean = 0;
        for (int i = 0; i < points.Count; i++)
        {
            mean = (0.5 * mean) + (0.5 * points[i].Loss);
            Assert.Equal(mean / (1 - Math.Pow(0.5, i + 1)), points[i].SmoothedLoss, 9);
        }
    }

    [Fact]
    public void Suggestions_are_those_of_fastai()
    {
        // A fall from 3 to 1 that is steepest at 1e-3, and a rise: 60 rates from 1e-6 to 1.
        LearningRatePoint[] points = [.. Enumerable.Range(0, 60).Select(i =>
        {
            double rate = Math.Pow(10, -6 + (6 * i / 59.0)), x = Math.Log10(rate);
            double loss = 1 + (2 / (1 + Math.Exp(4 * (x + 3)))) + (x > -1 ? Math.Pow(x + 1, 2) * 20 : 0);
            return new LearningRatePoint(rate, loss, loss);
        })];
        LearningRateCurve curve = new(points);
        Assert.InRange(Math.Log10(curve.Steepest), -3.2, -2.9);
        Assert.InRange(Math.Log10(curve.MinimumOverTen), -2.2, -1.9);

        // fastai: start + int(section) + int(section / 2) of the longest fall, which runs here from the first trusted point to -1.
        Assert.Equal(curve.Valley, curve.Suggestion);
        Assert.InRange(Math.Log10(curve.Valley), -3.5, -2.9);
    }

    [Fact]
    public void A_search_ends_when_the_loss_runs_away()
    {
        using Dataset dataset = Images();
        using ImageModel model = TransferModel.Create("resnet20", 2);
        LearningRateFinderOptions options = new()
        {
            Start = 1e-3,
            End = 1e6,
            Steps = 60,
            Smoothing = 0,
            Training = new() { BatchSize = 4 },
        };
        LearningRateCurve curve = model.FindLearningRate(dataset, new Sgd(0.1), options);
        Assert.InRange(curve.Points.Count, 2, 59);
        Assert.All(curve.Points, point => Assert.True(double.IsFinite(point.Loss)));
    }

    private static byte[] Generator()
    {
        using torch.Tensor state = torch.get_rng_state();
        return state.bytes.ToArray();
    }

    private static byte[] Bytes(TransferModel model)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return [.. model.Module.State().SelectMany(entry => entry.Value.detach().contiguous().bytes.ToArray())];
    }

    private static Dataset Images()
        => Dataset.FromImages(
            [
                .. Enumerable
                    .Range(0, 16)
                    .Select(
                        i => new RawImage(
                            32, 32, Enumerable.Range(0, 32 * 32 * 3).Select(k => (byte)((k * 7 % 100) + (i % 2 * 100))).ToArray()))
            ],
            [.. Enumerable.Range(0, 16).Select(i => i % 2)],
            ["dark", "bright"]);
}
