using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class PrecisionTests
{
    [Fact]
    public void A_model_predicts_in_the_number_type_that_was_chosen_also_after_it_was_loaded()
    {
        using ImageModel model = Trained();
        PrecisionReport report = model.MeasurePrecision(Runs.Samples, Precision.Int8, batchSize: 6);
        RawImage image = SmallSets.Image(1, 1);
        float[] exact = Scores(model, image);
        using TemporaryFolder folder = new();
        string file = Path.Combine(folder.Path, "model.safetensors");
        model.WithPrecision(Precision.Int8).Save(file);
        using ImageModel again = ImageModel.Load(file);

        Assert.Equal(Precision.Int8, again.PredictionPrecision());
        Assert.Equal(18, report.Count);
        Assert.InRange(report.LargestDifference, 0, OptimizedInference.Int8Tolerance * 2);
        Assert.InRange(report.Agreement!.Value, 0.8, 1);
        Assert.Equal(exact.Length, Scores(again, image).Length);
        Assert.All(exact.Zip(Scores(again, image)), pair => Assert.Equal(pair.First, pair.Second, 0.1f));
        if (report.Served == Precision.Float32)
        {
            Assert.InRange(report.LargestDifference, 0, OptimizedInference.Float32Tolerance);
        }
    }

    [Fact]
    public void A_prediction_after_training_is_that_of_the_new_weights()
    {
        using ImageModel model = Trained().WithPrecision(Precision.BFloat16), plain = Trained();
        RawImage image = SmallSets.Image(2, 2);
        float[] before = Scores(model, image);
        model.FineTune(Runs.Samples, Runs.Rule, Runs.Options);
        plain.FineTune(Runs.Samples, Runs.Rule, Runs.Options);
        float[] after = Scores(model, image);
        Assert.NotEqual(before, after);
        Assert.All(Scores(plain, image).Zip(after), pair => Assert.Equal(pair.First, pair.Second, 0.05f));
    }

    [Fact]
    public void Many_threads_predict_with_one_form_while_the_model_is_evaluated()
    {
        using ImageModel model = Trained().WithPrecision(Precision.Int8);
        RawImage[] images = [.. Enumerable.Range(0, 6).Select(i => SmallSets.Image(i, i % 3))];
        string[] expected = [.. images.Select(image => model.Predict(image).ClassName)];
        Parallel.For(0, 24, i =>
        {
            Assert.Equal(expected[i % 6], model.Predict(images[i % 6]).ClassName);
            if (i % 8 == 0)
            {
                model.Evaluate(Runs.Samples, new EvaluateOptions { Workers = 0 });
            }
        });
    }

    [Fact]
    public void A_number_type_has_no_meaning_where_sequences_are_written()
    {
        using TemporaryFolder folder = new();
        using TextModel model = TinyText.Model(folder.Path, new CausalLanguageModeling(), "gpt2");
        Assert.Contains(
            "is done in float32", Assert.Throws<ArgumentException>(() => model.WithPrecision(Precision.Int8)).Message,
            StringComparison.Ordinal);
    }

    private static ImageModel Trained()
    {
        ImageModel model = Runs.Model();
        model.FineTune(Runs.Samples, Runs.Rule, Runs.Options);
        return model;
    }

    private static float[] Scores(ImageModel model, RawImage image)
        => [.. model.Predict(image).Scores.OrderBy(score => score.Name, StringComparer.Ordinal).Select(score => (float)score.Probability)];
}
