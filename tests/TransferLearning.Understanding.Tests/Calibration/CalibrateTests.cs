using TorchSharp;

namespace TransferLearning.Tests;

public sealed class CalibrateTests
{
    private static readonly string[] Classes = SmallSets.Colours;
    private static readonly Dataset Images = SmallSets.Images(24, Classes);

    [Fact]
    public void A_calibrated_model_keeps_its_type_its_classes_and_its_raw_outputs()
    {
        using ImageModel model = Trained();
        Prediction before = model.Predict(SmallSets.Image(1, 1));
        EvaluationResult plain = model.Evaluate(Mislabelled());
        using TemporaryFolder folder = new();
        string file = SmallSets.WriteImages(folder.Path, 1)[0].Path;
        float[] raw = model.PredictOutputs([file])[0]!;

        ImageModel same = model.Calibrate(Mislabelled());
        Assert.Same(model, same);
        double temperature = ((Classification)model.LearningTask).Scaling!.Temperature;
        Assert.True(temperature > 1.5, $"{temperature}"); // a third of the labels is wrong, so it was too sure
        Prediction after = model.Predict(SmallSets.Image(1, 1));
        Assert.Equal(before.ClassName, after.ClassName);
        Assert.True(after.Probability < before.Probability);
        Assert.Equal(raw, model.PredictOutputs([file])[0]!);
        EvaluationResult calibrated = model.Evaluate(Mislabelled());
        Assert.True(calibrated.Loss < plain.Loss);
        Assert.Equal(plain.Accuracy, calibrated.Accuracy);
        Assert.Equal(calibrated.Report.Scores!.LogLoss, calibrated.Loss, 1e-5);
    }

    [Fact]
    public void Scores_are_the_softmax_of_the_logits_over_the_temperature()
    {
        using ImageModel model = SmallSets.ImageModel(Classes).WithScaling(new LogitScaling(2.5, [1, 2, 0.5], [0.25, 0, -0.25]));
        SamplePredictions plain = model.EvaluateUncalibrated(Images, null, null, default);
        double[] logits = [.. plain.OutputsOf(0).ToArray().Select(logit => (double)logit / 2.5)];
        double[] scaled = [logits[0] + 0.25, logits[1] * 2, (logits[2] * 0.5) - 0.25];
        double sum = scaled.Sum(Math.Exp);
        Prediction prediction = model.Predict(SmallSets.Image(0, 0));
        Assert.All(prediction.Scores, score => Assert.Equal(Math.Exp(scaled[score.Class]) / sum, score.Probability, 1e-5));
    }

    [Theory]
    [InlineData(CalibrationMethod.Temperature)]
    [InlineData(CalibrationMethod.Vector)]
    public void A_saved_image_model_comes_back_calibrated(CalibrationMethod method)
    {
        using TemporaryFolder folder = new();
        using ImageModel model = Trained().Calibrate(Mislabelled(), method);
        model.Save(folder.File("model.tl"));
        using TransferModel again = TransferModel.Load(folder.File("model.tl"));
        LogitScaling expected = ((Classification)model.LearningTask).Scaling!, found = ((Classification)again.LearningTask).Scaling!;
        Assert.Equal(expected.Temperature, found.Temperature);
        Assert.Equal(expected.Weights, found.Weights);
        Assert.Equal(expected.Biases, found.Biases);
        Assert.Equal(model.Evaluate(Images).Loss, again.Evaluate(Images).Loss);
    }

    [Fact]
    public void A_saved_text_model_comes_back_calibrated_and_its_plain_form_refuses()
    {
        using TemporaryFolder folder = new();
        string weights = folder.File("bert"), saved = folder.File("saved");
        using TextModel model = TinyText.Model(weights, new Classification(["bad", "good"])).WithScaling(new LogitScaling(3));
        model.Save(saved);
        using TextModel again = TextModel.Load(saved);
        Assert.Equal(new LogitScaling(3), ((Classification)again.LearningTask).Scaling);
        Assert.Equal(
            Assert.Single(model.Predict(["what ?"])).Probability, Assert.Single(again.Predict(["what ?"])).Probability, 1e-6);
        string message = Assert.Throws<InvalidOperationException>(() => model.SavePretrained(folder.File("plain"))).Message;
        Assert.Contains("WithScaling(null)", message, StringComparison.Ordinal);
        model.WithScaling(null).SavePretrained(folder.File("plain"));
    }

    [Fact]
    public void Training_takes_the_calibration_off_and_learns_as_without_it()
    {
        using ImageModel model = SmallSets.ImageModel(Classes).WithScaling(new LogitScaling(4));
        using ImageModel plain = SmallSets.ImageModel(Classes);
        FineTuneOptions options = new() { Epochs = 1, BatchSize = 8 };
        double calibrated = model.FineTune(Images, new Sgd(0.01), options).FinalLoss;
        Assert.Equal(plain.FineTune(Images, new Sgd(0.01), options).FinalLoss, calibrated);
        Assert.Null(((Classification)model.LearningTask).Scaling);

        model.WithScaling(new LogitScaling(4)).FindLearningRate(Images, new Sgd(0.01), new LearningRateFinderOptions { Steps = 10 });
        Assert.NotNull(((Classification)model.LearningTask).Scaling); // the search puts everything back
        model.Probe(Images, new RidgeProbe { Alpha = 1 });
        Assert.Null(((Classification)model.LearningTask).Scaling);
    }

    [Fact]
    public void A_new_head_has_no_calibration_and_other_tasks_refuse_one()
    {
        using ImageModel model = SmallSets.ImageModel(Classes).WithScaling(new LogitScaling(4)).ReplaceHead(Classes);
        Assert.Null(((Classification)model.LearningTask).Scaling);
        model.For(new Regression());
        Assert.Throws<InvalidOperationException>(() => model.WithScaling(new LogitScaling(2)));
        Assert.Throws<InvalidOperationException>(() => model.Calibrate(Images));
        model.WithScaling(null);
    }

    [Fact]
    public void A_scaling_that_does_not_fit_is_refused_and_so_is_a_damaged_file()
    {
        using ImageModel model = SmallSets.ImageModel(Classes);
        Assert.Throws<ArgumentException>(() => model.WithScaling(new LogitScaling(0)));
        Assert.Throws<ArgumentException>(() => model.WithScaling(new LogitScaling(double.NaN)));
        Assert.Throws<ArgumentException>(() => model.WithScaling(new LogitScaling(1, [1, 2])));
        SavedTask saved = SavedTask.Of(model.LearningTask) with { Scaling = new LogitScaling(-1) };
        string message = Assert.Throws<InvalidDataException>(() => saved.ToTask("file.tl", null)).Message;
        Assert.Contains("file.tl", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Shards_of_differently_calibrated_models_are_of_different_jobs_and_old_ones_stay_as_they_are()
    {
        Classification plain = new(Classes);
        Assert.DoesNotContain("Scaling", RunIdentity.Describe(plain), StringComparison.Ordinal);
        Assert.NotEqual(
            RunIdentity.Describe(plain with { Scaling = new LogitScaling(2) }),
            RunIdentity.Describe(plain with { Scaling = new LogitScaling(3) }));
    }

    private static ImageModel Trained()
    {
        ImageModel model = SmallSets.ImageModel(Classes);
        model.Probe(Images, new LogisticProbe { C = 100 });
        return model;
    }

    private static InMemoryDataset Mislabelled() => new(
        [.. Enumerable.Range(0, 24).Select(i => new Sample($"image {i}", (i + (i < 8 ? 1 : 0)) % 3, SmallSets.Image(i, i % 3)))],
        Classes);
}
