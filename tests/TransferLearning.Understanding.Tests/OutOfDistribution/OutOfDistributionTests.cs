using TorchSharp;

namespace TransferLearning.Tests;

public sealed class OutOfDistributionTests
{
    private static readonly Dataset Training = SmallSets.Images(30, SmallSets.Colours);
    private static readonly Dataset Validation = new InMemoryDataset(
        [.. Enumerable.Range(100, 20).Select(i => new Sample($"image {i}", i % 3, SmallSets.Image(i, i % 3)))], SmallSets.Colours);

    public static TheoryData<OutOfDistributionMethod> Methods => [.. Enum.GetValues<OutOfDistributionMethod>()];

    [Theory]
    [MemberData(nameof(Methods))]
    public void A_detector_keeps_the_share_of_validation_samples_and_is_the_same_after_saving(OutOfDistributionMethod method)
    {
        using TemporaryFolder folder = new();
        using ImageModel model = Model();
        OutOfDistributionOptions options = new() { Method = method, Neighbors = 3, Keep = 0.9, Temperature = 2, Ridge = 1e-3 };
        using OutOfDistributionDetector detector = model.FitOutOfDistribution(Training, Validation, options);
        double[] scores = model.OutOfDistributionScores(detector, Validation);
        Assert.InRange(scores.Count(score => !detector.IsOutside(score)), 18, 20);

        detector.Save(folder.File("detector.safetensors"));
        using OutOfDistributionDetector again = OutOfDistributionDetector.Load(folder.File("detector.safetensors"));
        Assert.Equal(options, again.Options);
        Assert.Equal(detector.Threshold, again.Threshold);
        Assert.Equal(scores, model.OutOfDistributionScores(again, Validation));

        // One input alone has the score that it has in a data set, whether or not the model is calibrated.
        string file = SmallSets.WriteImages(folder.File("other/colours"), 1)[0].Path;
        using Dataset written = ImageFolder.Open(folder.Path, "other");
        model.WithScaling(new LogitScaling(7));
        OutOfDistributionPrediction one = Assert.Single(model.FindOutside(detector, [file]));
        double[] whole = model.OutOfDistributionScores(detector, written);
        Assert.Contains(whole, score => Math.Abs(score - one.Score) < 1e-3 * Math.Max(1, Math.Abs(score)));
        Assert.Equal(detector.IsOutside(one.Score), one.IsOutside);
        Assert.Equal(one.IsOutside, model.IsOutside(detector, file));
    }

    [Theory]
    [InlineData(OutOfDistributionMethod.Mahalanobis)]
    [InlineData(OutOfDistributionMethod.NearestNeighbors)]
    public void Images_of_another_kind_are_found(OutOfDistributionMethod method)
    {
        using ImageModel model = Model();
        using FeatureCache cache = new();
        OutOfDistributionOptions options = new() { Method = method, Neighbors = 2, Ridge = 1e-4 };
        using OutOfDistributionDetector detector = model.FitOutOfDistribution(
            Training, Validation, options, new FeatureOptions { Cache = cache });
        using InMemoryDataset grey = new(
            [
                .. Enumerable.Range(0, 12)
                    .Select(i => new Sample($"grey {i}", 0, new RawImage(32, 32, Enumerable.Repeat((byte)(i * 20), 3072).ToArray()))),
            ],
            ["grey"]);
        OutOfDistributionQuality quality = OutOfDistributionQuality.Of(
            model.OutOfDistributionScores(detector, Validation), model.OutOfDistributionScores(detector, grey));
        Assert.True(quality.RocAuc > 0.95, $"{quality}");
    }

    [Fact]
    public void The_threshold_is_the_last_score_that_is_kept()
    {
        double[] twenty = [.. Enumerable.Range(1, 20).Select(i => (double)i)];
        Assert.Equal(2, OutOfDistributionQuality.Of(twenty, [1, 2], 0.95).Threshold); // 19 of 20
        Assert.Equal(0.5, OutOfDistributionQuality.Of(twenty, [1, 2], 0.95).FalsePositiveRate);
        Assert.Equal(1, OutOfDistributionQuality.Of(twenty, [1], 1).Threshold);
        Assert.Equal(20, OutOfDistributionQuality.Of(twenty, [1], 0.001).Threshold);
        Assert.Equal(0.5, OutOfDistributionQuality.Of([3, 3], [3, 3]).RocAuc);
        Assert.Throws<ArgumentException>(() => OutOfDistributionQuality.Of([], [1]));
        Assert.Throws<ArgumentException>(() => OutOfDistributionQuality.Of([1], []));
        Assert.Throws<ArgumentException>(() => OutOfDistributionQuality.Of([double.NaN], [1]));
    }

    [Fact]
    public void Classes_without_samples_and_columns_without_variance_do_no_harm()
    {
        using torch.Tensor features = torch.tensor([1.0, 5, 2, 5, 8, 5, 9, 5], [4, 2]), labels = torch.tensor([0L, 0, 3, 3]);
        using OutOfDistributionDetector detector = OutOfDistributionDetector.Fit(
            features, labels, new OutOfDistributionOptions { Method = OutOfDistributionMethod.Mahalanobis, Ridge = 1e-3 });
        double[] scores = detector.Score(features, null);
        Assert.All(scores, score => Assert.Equal(-0.25 / 0.251, score, 1e-9));
        ArgumentException refused = Assert.Throws<ArgumentException>(() => OutOfDistributionDetector.Fit(
            features, labels, new OutOfDistributionOptions { Method = OutOfDistributionMethod.Mahalanobis, Ridge = 0 }));
        Assert.Contains("Ridge", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_cannot_be_fitted_or_scored_is_refused()
    {
        using torch.Tensor features = torch.ones(2, 3), labels = torch.tensor([0L, 1]);
        OutOfDistributionOptions neighbors = new() { Method = OutOfDistributionMethod.NearestNeighbors, Neighbors = 3 };
        Assert.Throws<ArgumentException>(() => OutOfDistributionDetector.Fit(features, labels, neighbors));
        Assert.Throws<ArgumentException>(() => OutOfDistributionDetector.Fit(null, null, neighbors));
        Assert.Throws<ArgumentOutOfRangeException>(() => OutOfDistributionDetector.Fit(features, labels, neighbors with { Keep = 0 }));
        using OutOfDistributionDetector detector = OutOfDistributionDetector.Fit(features, labels, neighbors with { Neighbors = 2 });
        Assert.Throws<ArgumentException>(() => detector.Score(labels, null));
        Assert.Throws<InvalidOperationException>(() => detector.IsOutside(1));
        using ImageModel numbers = TransferModel.Create("resnet20", 2).For(new Regression());
        Assert.Throws<InvalidOperationException>(() => numbers.FindOutside(detector, ["x.png"]));
    }

    [Fact]
    public void A_file_that_holds_no_detector_or_a_damaged_one_is_refused()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("damaged.safetensors");
        using torch.Tensor part = torch.ones([2, 3], torch.ScalarType.Float64);
        Save("""{"Options":{"Method":4,"Neighbors":9},"Threshold":1}"""); // fewer samples than neighbours
        Save("""{"Options":{"Method":3},"Threshold":1}"""); // no means
        Save("""{"Options":{"Method":99}}""");
        Save("""{"Options":null}""");
        Save("no JSON");

        void Save(string metadata)
        {
            using (StateDict state = StateDict.FromTensors(
                [new("training", part)], new Dictionary<string, string> { ["out-of-distribution"] = metadata }))
            {
                state.Save(path, CheckpointFormat.SafeTensors);
            }

            string message = Assert.Throws<InvalidDataException>(() => OutOfDistributionDetector.Load(path)).Message;
            Assert.Contains(path, message, StringComparison.Ordinal);
        }
    }

    private static ImageModel Model()
    {
        ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        model.Probe(Training, new LogisticProbe { C = 10 });
        return model;
    }
}
