using TorchSharp;
using TransferLearning.Layers;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Averages of weights in runs of training, and of models that are trained.</summary>
public sealed class AveragingTests
{
    private static readonly Dictionary<string, WeightAveraging> Forms = new()
    {
        ["PyTorch"] = new ExponentialMovingAverage(0.9),
        ["timm"] = new TimmMovingAverage(0.9) { WarmUp = true, UpdateAfterStep = 2 },
        ["torchvision"] = new TorchvisionMovingAverage(0.999, everySteps: 2) { WarmUpEpochs = 1 },
        ["SWA"] = new StochasticWeightAveraging(start: 1),
        ["SWA of steps"] = new StochasticWeightAveraging(start: 1) { EveryStep = true },
    };

    public static TheoryData<string> Names => [.. Forms.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_run_with_an_average_resumes_bit_for_bit_and_is_saved(string form)
    {
        FineTuneOptions options = Runs.Options with { Average = Forms[form] };
        using ImageModel model = Runs.Model();
        model.FineTune(Runs.Samples, Runs.Rule, options);
        float[] whole = Runs.Weights(model);

        Assert.NotEqual(Runs.Trained(Runs.Options), whole);
        Assert.Equal(whole, Runs.InPieces(() => options, stepsEach: 2));
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "model.safetensors");
        model.Save(file);
        using ImageModel again = ImageModel.Load(file);
        Assert.Equal(whole, Runs.Weights(again));
    }

    [Fact]
    public void Swa_is_the_mean_of_the_last_epochs_with_statistics_of_the_training_samples()
    {
        using ImageModel model = Runs.Model();
        Tensor first = model.Module.parameters().First();
        List<float[]> ends = [];
        FineTuneOptions options = Runs.Options with
        {
            Preprocessor = model.Preprocessor,
            Average = new StochasticWeightAveraging(start: 1),
            Observers =
            [
                new Immediate<TrainingEvent>(happened => ends.AddRange(
                    happened is TrainingEvent.EpochEnded ? [first.data<float>().ToArray()] : [])),
            ],
        };
        model.FineTune(Runs.Samples, Runs.Rule, options);
        float[] mean = [.. ends[1].Zip(ends[2], (second, third) => (second + third) / 2)];
        Assert.All(mean.Zip(first.data<float>().ToArray()), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));

        float[] found = Runs.Weights(model);
        model.AdaptBatchNorms(Runs.Samples, new BatchNormOptions { BatchSize = options.BatchSize, Seed = options.Seed, Workers = 0 });
        Assert.All(found.Zip(Runs.Weights(model)), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
    }

    [Fact]
    public void Evaluating_the_mean_changes_nothing_of_training()
    {
        FineTuneOptions options = Runs.Options with { Average = new StochasticWeightAveraging(start: 1), RestoreBestWeights = false };
        Assert.Equal(Runs.Trained(options), Runs.Trained(options with { Validation = Runs.Samples, EvaluateEvery = 2 }));
    }

    [Fact]
    public void Frozen_batch_norms_keep_their_statistics_under_an_average()
    {
        using ImageModel model = Runs.Model().UnfreezeFrom("layer2");
        BatchNorm2d[] norms = [.. model.Module.modules().OfType<BatchNorm2d>()];
        float[] before = norms[0].RunningMean.data<float>().ToArray(), last = norms[^1].RunningMean.data<float>().ToArray();
        model.FineTune(Runs.Samples, Runs.Rule, Runs.Options with { Average = new StochasticWeightAveraging() });
        Assert.Equal(before, norms[0].RunningMean.data<float>().ToArray());
        Assert.NotEqual(last, norms[^1].RunningMean.data<float>().ToArray());
    }

    [Fact]
    public void Timms_average_takes_statistics_of_batch_norms_in_and_pytorchs_does_not()
    {
        Assert.Equal(MeanAfter(null), MeanAfter(new ExponentialMovingAverage(0.9)));
        Assert.NotEqual(MeanAfter(null), MeanAfter(new TimmMovingAverage(0.9)));

        static float[] MeanAfter(WeightAveraging? average)
        {
            using ImageModel model = Runs.Model();
            model.FineTune(Runs.Samples, Runs.Rule, Runs.Options with { Average = average });
            return model.Module.modules().OfType<BatchNorm2d>().Last().RunningMean.data<float>().ToArray();
        }
    }

    [Fact]
    public void An_average_that_would_never_begin_is_refused()
    {
        using ImageModel model = Runs.Model();
        ArgumentException refused = Assert.Throws<ArgumentException>(
            () => model.FineTune(Runs.Samples, Runs.Rule, Runs.Options with { Average = new StochasticWeightAveraging(start: 3) }));
        Assert.Contains("begins after 3 epochs, and the run has 3", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_rate_of_swa_falls_by_half_a_cosine_and_stays()
    {
        SwaSchedule schedule = new(new ConstantSchedule(), rate: 0.02, start: 4, annealing: 2);
        double[] rates =
        [
            .. new long[] { 0, 39, 40, 50, 60, 90 }.Select(step => schedule.LearningRate(new ScheduleMoment(step, 100, 10, 0.1, []))),
        ];
        Assert.All(rates.Zip([0.1, 0.1, 0.1, 0.06, 0.02, 0.02]), pair => Assert.Equal(pair.Second, pair.First, 1e-12));
        Assert.Equal(0.1, new SwaSchedule(new ConstantSchedule(), 0.02).LearningRate(new ScheduleMoment(74, 100, 1, 0.1, [])), 1e-12);
        Assert.True(new SwaSchedule(new ConstantSchedule(), 0.02).LearningRate(new ScheduleMoment(76, 100, 1, 0.1, [])) < 0.1);
    }

    [Fact]
    public void Averages_of_a_shortened_run_begin_sooner_in_proportion_together_with_their_rate()
    {
        Assert.Equal(new StochasticWeightAveraging(start: 3), new StochasticWeightAveraging(start: 15).Shortened(0.2, 0.1));
        Assert.Equal(new StochasticWeightAveraging(), new StochasticWeightAveraging().Shortened(0.2, 0.1));
        Assert.Equal(
            new SwaSchedule(new ConstantSchedule(), 0.1, start: 3, annealing: 2),
            new SwaSchedule(new ConstantSchedule(), 0.1, start: 15, annealing: 10).Shortened(0.2, 0.1));
        Assert.Equal(new TimmMovingAverage { UpdateAfterStep = 5 }, new TimmMovingAverage { UpdateAfterStep = 50 }.Shortened(0.2, 0.1));
        Assert.Equal(
            new TorchvisionMovingAverage { WarmUpEpochs = 1 }, new TorchvisionMovingAverage { WarmUpEpochs = 5 }.Shortened(0.2, 0.1));
    }

    [Fact]
    public void A_model_between_two_others_has_weights_between_theirs_and_the_curve_leaves_it_as_it_is()
    {
        using ImageModel earlier = Runs.Model(), later = Runs.Model();
        earlier.Probe(Runs.Samples, new RidgeProbe());
        later.FineTune(Runs.Samples, Runs.Rule, Runs.Options);
        float[] from = Runs.Weights(earlier), to = Runs.Weights(later);
        InterpolationCurve curve = later.InterpolationCurve(earlier, Runs.Samples, [0, 0.25, 1]);
        Assert.Equal(to, Runs.Weights(later));
        Assert.Equal(earlier.Evaluate(Runs.Samples).Loss, curve.Points[0].Result.Loss, 1e-6);
        Assert.Equal(later.Evaluate(Runs.Samples).Loss, curve.Points[2].Result.Loss, 1e-6);
        Assert.Equal(curve.Points.Max(point => point.Result.Accuracy), curve.Best.Result.Accuracy);

        later.InterpolateWith(earlier, 0.25);
        Assert.Equal(curve.Points[1].Result.Loss, later.Evaluate(Runs.Samples).Loss, 1e-6);
        float[] weights = [.. later.Module.parameters().First().detach().data<float>()];
        Assert.All(
            weights.Select((weight, i) => (weight, i)),
            entry => Assert.Equal((0.75f * from[entry.i]) + (0.25f * to[entry.i]), entry.weight, 1e-6f));
        Assert.Equal(from, Runs.Weights(earlier));
        Assert.Throws<ArgumentOutOfRangeException>(() => later.InterpolateWith(earlier, 1.5));
    }

    [Fact]
    public void Models_that_differ_are_not_mixed()
    {
        using ImageModel model = Runs.Model(), other = TinyStudent.Model(4, "a", "b", "c", "d", "e");
        Assert.Contains(
            "'fc.weight' is Float32[5, 16]",
            Assert.Throws<ArgumentException>(() => model.InterpolateWith(other, 0.5)).Message,
            StringComparison.Ordinal);
        using ImageModel named = TinyStudent.Model(4, "red", "green", "blue");
        Assert.Contains(
            "in this order", Assert.Throws<ArgumentException>(() => model.InterpolateWith(named, 0.5)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_greedy_soup_is_at_least_as_good_as_the_best_of_its_models()
    {
        using TemporaryFolder folder = new();
        string[] paths = [.. Enumerable.Range(0, 3).Select(seed => Saved(folder.Path, seed))];
        SoupOptions options = new() { BatchNormSamples = Runs.Samples, BatchNorms = new BatchNormOptions { Workers = 0 } };
        using SoupResult soup = ModelSoup.Greedy(paths, Runs.Samples, options);
        double best = soup.Trials.Max(trial => trial.Alone.Accuracy!.Value);

        Assert.True(soup.Evaluation.Accuracy >= best);
        Assert.Equal(best, soup.Trials[0].Alone.Accuracy);
        Assert.True(soup.Trials[0].IsMember);
        Assert.Equal(paths.Order(StringComparer.Ordinal), soup.Trials.Select(trial => trial.Path).Order(StringComparer.Ordinal));
        Assert.Equal(soup.Trials.Count(trial => trial.IsMember), soup.Members.Count);
        Assert.Equal(soup.Evaluation.Loss, soup.Model.Evaluate(Runs.Samples).Loss, 1e-6);

        using TransferModel uniform = ModelSoup.Uniform(paths);
        float[][] weights = [.. paths.Select(WeightsOf)];
        Assert.All(
            First(uniform).Select((weight, i) => (weight, i)),
            entry => Assert.Equal(weights.Average(all => all[entry.i]), entry.weight, 1e-6f));

        static string Saved(string folder, int seed)
        {
            using ImageModel model = Runs.Model();
            model.FineTune(Runs.Samples, Runs.Rule, Runs.Options with { Epochs = 1 + seed, Seed = seed });
            string path = Path.Combine(folder, $"{seed}.safetensors");
            model.Save(path);
            return path;
        }

        static float[] WeightsOf(string path)
        {
            using ImageModel model = ImageModel.Load(path);
            return First(model);
        }

        static float[] First(TransferModel model) => [.. model.Module.parameters().First().detach().data<float>()];
    }

    [Fact]
    public void A_soup_of_models_with_other_classes_is_refused()
    {
        using TemporaryFolder folder = new();
        string[] paths = [Path.Combine(folder.Path, "a"), Path.Combine(folder.Path, "b")];
        using ImageModel first = Runs.Model(), second = TinyStudent.Model(4, "red", "green", "blue");
        first.Save(paths[0]);
        second.Save(paths[1]);
        Assert.Contains(
            paths[1], Assert.Throws<ArgumentException>(() => ModelSoup.Greedy(paths, Runs.Samples)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => ModelSoup.Uniform([]));
    }
}
