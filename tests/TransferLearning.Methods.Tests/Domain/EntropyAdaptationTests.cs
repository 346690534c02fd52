using TorchSharp;

namespace TransferLearning.Tests;

public sealed class EntropyAdaptationTests
{
    private static readonly EvaluateOptions Plain = new() { BatchSize = 18, Workers = 0, Samples = SampleDetail.Outputs };

    private static readonly EvaluateOptions Adapting = Plain with { Adaptation = new EntropyAdaptation() };

    [Fact]
    public void The_accuracy_on_other_images_rises_and_the_model_stays_as_it_is()
    {
        using ImageModel model = ShiftedColours.Model();
        float[] before = ShiftedColours.Weights(model);
        double plain = model.Evaluate(ShiftedColours.Target, Plain).Accuracy!.Value;
        double adapted = model.Evaluate(ShiftedColours.Target, Adapting).Accuracy!.Value;

        Assert.True(adapted > plain + 0.2, $"{plain} and {adapted}");
        Assert.Equal(before, ShiftedColours.Weights(model));
        Assert.All(model.Module.parameters(), parameter => Assert.Null(parameter.grad));
        Assert.Equal(plain, model.Evaluate(ShiftedColours.Target, Plain).Accuracy);
    }

    [Fact]
    public void Steps_make_predictions_surer_than_statistics_alone()
    {
        using ImageModel model = ShiftedColours.Model();
        double[] entropies = [.. new[] { 0, 4, 12 }.Select(steps => MeanEntropy(model.Evaluate(
            ShiftedColours.Target, Adapting with { Adaptation = new EntropyAdaptation { Steps = steps, Optimizer = new Sgd(0.1) } })))];

        Assert.True(entropies[1] < entropies[0], string.Join(", ", entropies));
        Assert.True(entropies[2] < entropies[1], string.Join(", ", entropies));
    }

    [Fact]
    public void Episodes_do_not_depend_on_the_batches_before_and_a_stream_does()
    {
        using ImageModel model = ShiftedColours.Model();
        EntropyAdaptation inOrder = new() { ShuffleSeed = null, Optimizer = new Sgd(0.05), Steps = 2 };
        float[] LastOf(Dataset samples, EntropyAdaptation adaptation)
            => model.Evaluate(samples, Adapting with { Adaptation = adaptation }).Samples!.OutputsOf(samples.Count - 1).ToArray();
        Dataset two = ShiftedColours.Target.Take(36), second = two.Skip(18);

        Assert.Equal(LastOf(second, inOrder with { Episodic = true }), LastOf(two, inOrder with { Episodic = true }));
        Assert.NotEqual(LastOf(second, inOrder), LastOf(two, inOrder));
    }

    [Fact]
    public void Predictions_of_the_same_batch_are_those_of_the_evaluation_and_the_order_of_inputs_stays()
    {
        using TemporaryFolder folder = new();
        string[] paths = [.. SmallSets.WriteImages(folder.Path, 6).Select(file => file.Path)];
        using ImageModel model = ShiftedColours.Model();
        PredictOptions options = new() { BatchSize = 18, Workers = 0, Adaptation = new EntropyAdaptation { Steps = 0 } };
        IReadOnlyList<Prediction> shuffled = model.Predict(paths, options);
        IReadOnlyList<Prediction> inOrder = model.Predict(
            paths, options with { Adaptation = options.Adaptation with { ShuffleSeed = null } });

        Assert.Equal(paths, shuffled.Select(prediction => prediction.Item));
        Assert.Equal(inOrder.Select(prediction => prediction.ClassName), shuffled.Select(prediction => prediction.ClassName));
        Assert.All(model.Predict(paths, options with { Adaptation = new EntropyAdaptation() }), one => Assert.True(one.Probability > 0));
    }

    [Fact]
    public void Other_threads_predict_with_the_model_as_it_is_meanwhile()
    {
        using ImageModel model = ShiftedColours.Model();
        RawImage image = SmallSets.Image(3, 1);
        double before = model.Predict(image).Probability;
        List<double> meanwhile = [];
        Immediate<int> predict = new(_ => meanwhile.Add(Task.Run(() => model.Predict(image).Probability).Result));
        model.Evaluate(ShiftedColours.Target, Adapting, predict);

        Assert.Equal(3, meanwhile.Count);
        Assert.All(meanwhile, score => Assert.Equal(before, score));
    }

    [Fact]
    public void Layer_norms_of_a_text_model_are_adapted()
    {
        using TemporaryFolder folder = new();
        using TextModel model = TinyText.Model(folder.Path, new Classification(["bad", "good"]));
        float[] before = TinyText.Numbers(model.Module);
        EvaluateOptions options = new() { BatchSize = 16, Workers = 0, Samples = SampleDetail.Outputs };
        double plain = MeanEntropy(model.Evaluate(TinyText.Opinions(), options));
        double adapted = MeanEntropy(model.Evaluate(
            TinyText.Opinions(), options with { Adaptation = new EntropyAdaptation { Steps = 5, Optimizer = new Adam(0.01) } }));

        Assert.True(adapted < plain, $"{plain} and {adapted}");
        Assert.Equal(before, TinyText.Numbers(model.Module));
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using ImageModel model = ShiftedColours.Model();
        model.Evaluate(ShiftedColours.Target, Adapting);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        model.Evaluate(ShiftedColours.Target, Adapting);
        model.Evaluate(ShiftedColours.Target, Adapting with { Adaptation = new EntropyAdaptation { Episodic = true } });
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    [Fact]
    public void What_cannot_be_adapted_or_combined_is_refused()
    {
        using ImageModel model = ShiftedColours.Model();
        using ImageModel numbers = TransferModel.Create("resnet20", 3, seed: 2).For(new Regression());
        using FeatureCache cache = new();
        Refused(model, Adapting with { FeatureCache = cache });
        Refused(model, Adapting with { Augmentation = new TestTimeAugmentation() });
        Refused(model, Adapting with { Precision = Precision.BFloat16 });
        LoneCollective alone = new();
        Refused(model, Adapting with { Communicator = alone });
        string message = Assert.Throws<ArgumentException>(() => numbers.PredictOutputs(
            ["a.png"], new PredictOptions { Adaptation = new EntropyAdaptation() })).Message;
        Assert.Contains("regression", message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => model.Predict(
            ["a.png"], new PredictOptions { Adaptation = new EntropyAdaptation(), Augmentation = new TestTimeAugmentation() }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new EntropyAdaptation { Steps = -1 });

        static void Refused(ImageModel model, EvaluateOptions options)
            => Assert.Contains(
                "Adaptation",
                Assert.Throws<ArgumentException>(() => model.Evaluate(ShiftedColours.Target, options)).Message,
                StringComparison.Ordinal);
    }

    private static double MeanEntropy(EvaluationResult result)
    {
        double sum = 0;
        for (int place = 0; place < result.Samples!.Count; place++)
        {
            double[] shares = [.. result.Samples.OutputsOf(place).ToArray().Select(logit => Math.Exp(logit))];
            sum -= shares.Sum(share => share / shares.Sum() * Math.Log(share / shares.Sum()));
        }

        return sum / result.Samples.Count;
    }
}
