using TorchSharp;

namespace TransferLearning.Tests;

public sealed class TestTimeAugmentationTests
{
    private static readonly Dataset Images = SmallSets.Images(6, SmallSets.Colours);

    [Fact]
    public void The_probabilities_of_image_and_mirror_image_are_averaged()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        EvaluateOptions plain = new() { Samples = SampleDetail.Outputs };
        SamplePredictions image = model.Evaluate(Images, plain).Samples!;
        SamplePredictions mirror = model.Evaluate(Mirrored(), plain).Samples!;
        SamplePredictions both = model.Evaluate(Images, plain with { Augmentation = new TestTimeAugmentation() }).Samples!;
        for (int i = 0; i < 6; i++)
        {
            double[] mean = [.. image.ProbabilitiesOf(i).Zip(mirror.ProbabilitiesOf(i), (first, second) => (first + second) / 2)];
            Assert.Equal(mean, both.ProbabilitiesOf(i), (first, second) => Math.Abs(first - second) < 1e-5);
        }
    }

    [Fact]
    public void The_loss_is_that_of_the_averaged_probabilities_and_prediction_averages_too()
    {
        using TemporaryFolder folder = new();
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        IReadOnlyList<(string Path, string ClassName)> files = SmallSets.WriteImages(folder.Path, 2);
        using Dataset written = ImageFolder.Open(folder.Path);
        TestTimeAugmentation views = new(Flip: true, Shift: 2);
        Assert.Equal(10, views.Views);
        IReadOnlyList<Prediction> predictions = model.Predict(files.Select(file => file.Path), new PredictOptions { Augmentation = views });
        (double loss, double accuracy) = SmallSets.ByName(predictions.Zip(files, (prediction, file) => (prediction, file.ClassName)));
        EvaluationResult result = model.Evaluate(written, new EvaluateOptions { Augmentation = views });
        Assert.Equal(loss, result.Loss, 1e-4);
        Assert.Equal(accuracy, result.Accuracy);
        Assert.NotEqual(model.Evaluate(written).Loss, result.Loss);
    }

    [Fact]
    public void Several_labels_and_numbers_are_averaged_as_probabilities_and_numbers()
    {
        using ImageModel labels = TransferModel.Create("resnet20", 3, seed: 2).For(new MultiLabelClassification(SmallSets.Colours));
        EvaluateOptions plain = new() { Samples = SampleDetail.Outputs };
        double[] mean =
        [
            .. Sigmoid(labels.Evaluate(Images, plain).Samples!)
                .Zip(Sigmoid(labels.Evaluate(Mirrored(), plain).Samples!), (first, second) => (first + second) / 2),
        ];
        Assert.Equal(
            mean,
            Sigmoid(labels.Evaluate(Images, plain with { Augmentation = new TestTimeAugmentation() }).Samples!),
            (first, second) => Math.Abs(first - second) < 1e-5);

        using ImageModel numbers = TransferModel.Create("resnet20", 3, seed: 2).For(new Regression());
        using TemporaryFolder folder = new();
        string file = SmallSets.WriteImages(folder.Path, 1)[0].Path;
        PredictOptions views = new() { Augmentation = new TestTimeAugmentation(Flip: false, Shift: 1) };
        Assert.Single(numbers.PredictOutputs([file], views)[0]!);

        static double[] Sigmoid(SamplePredictions samples)
            => [.. samples.OutputsOf(0).ToArray().Select(logit => 1 / (1 + Math.Exp(-logit)))];
    }

    [Fact]
    public void A_step_with_views_leaves_no_tensor_behind()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        EvaluateOptions options = new() { BatchSize = 2, Workers = 0, Augmentation = new TestTimeAugmentation(true, 1) };
        model.Evaluate(Images, options);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        model.Evaluate(Images, options);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void Views_that_make_no_sense_are_refused()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        Refused(model, new EvaluateOptions { Augmentation = new TestTimeAugmentation(Flip: false) });
        Refused(model, new EvaluateOptions { Augmentation = new TestTimeAugmentation(Shift: -1) });
        Refused(model, new EvaluateOptions { Augmentation = new TestTimeAugmentation(Shift: 32) });
        using FeatureCache cache = new();
        Refused(model, new EvaluateOptions { Augmentation = new TestTimeAugmentation(), FeatureCache = cache });

        using TemporaryFolder folder = new();
        using TextModel texts = TinyText.Model(folder.Path, new Classification(["bad", "good"]));
        PredictOptions options = new() { Augmentation = new TestTimeAugmentation() };
        string message = Assert.Throws<ArgumentException>(() => texts.Predict(["what ?"], options)).Message;
        Assert.Contains("images", message, StringComparison.Ordinal);
        using ImageModel sounds = SmallSets.ImageModel(SmallSets.Colours).OnSpectrograms();
        Assert.Throws<ArgumentException>(() => sounds.Predict([], options));

        static void Refused(ImageModel model, EvaluateOptions options)
            => Assert.ThrowsAny<ArgumentException>(() => model.Evaluate(Images, options));
    }

    private static InMemoryDataset Mirrored() => new(
        [.. Enumerable.Range(0, 6).Select(i => new Sample($"mirror {i}", i % 3, Mirror(SmallSets.Image(i, i % 3))))], SmallSets.Colours);

    private static RawImage Mirror(RawImage image)
    {
        byte[] mirrored = image.Rgb.ToArray();
        for (int i = 0; i < mirrored.Length; i++)
        {
            int column = i / 3 % 32;
            mirrored[i] = image.Rgb.Span[i + ((31 - (2 * column)) * 3)];
        }

        return new RawImage(32, 32, mirrored);
    }
}
