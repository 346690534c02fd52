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
    public void A_number_type_has_no_meaning_where_words_are_guessed()
    {
        using TemporaryFolder folder = new();
        using TextModel model = TinyText.Model(folder.Path, new MaskedLanguageModeling());
        Assert.Contains(
            "is done in float32", Assert.Throws<ArgumentException>(() => model.WithPrecision(Precision.Int8)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.Int8)]
    public async Task A_model_writes_with_weights_of_fewer_bits_also_after_it_was_loaded(Precision precision)
    {
        using TemporaryFolder folder = new();
        using TextModel model = Writer(folder.Path);
        RoundedWeights.Apply(model.Module, precision); // so that the texts are the same
        GenerationOptions options = new() { MaxNewTokens = 8, MinNewTokens = 8 };
        GeneratedText plain = model.Generate(["the film was"], options)[0], beams = model.Generate(["the film"], Two(options))[0];
        LinesLogger logger = new();
        string saved = folder.File("saved");
        model.WithPrecision(precision, logger).Save(saved);
        using TextModel again = TextModel.Load(saved);

        Assert.Equal(precision, again.PredictionPrecision());
        foreach (TextModel writer in new[] { model, again })
        {
            GeneratedText written = writer.Generate(["the film was"], options)[0];
            Assert.Equal(plain.Text, written.Text);
            Assert.Equal(plain.LogProbability, written.LogProbability, 1e-3);
            Assert.Equal(beams.Text, writer.Generate(["the film"], Two(options))[0].Text);
            string streamed = "";
            await foreach (string part in writer.StreamAsync("the film was", options, TestContext.Current.CancellationToken))
            {
                streamed += part;
            }

            Assert.Equal(plain.Text, streamed);
        }

        // Made once for all of them, and again only after a use that may have changed weights.
        Assert.Single(logger.Lines);
        Assert.Matches("writes with its weights in ", logger.Lines[0]);
        Assert.Contains(
            "compared token by token",
            Assert.Throws<ArgumentException>(() => model.MeasurePrecision(TinyText.Opinions(2), precision)).Message,
            StringComparison.Ordinal);

        static GenerationOptions Two(GenerationOptions options) => options with { Beams = 2 };
    }

    [Fact]
    public void What_is_written_after_training_is_of_the_new_weights_and_no_copy_is_left()
    {
        using TemporaryFolder folder = new();
        GenerationOptions options = new() { MaxNewTokens = 8, MinNewTokens = 8, UseCache = true };
        FineTuneOptions training = new() { Epochs = 1, BatchSize = 2, Workers = 0 };
        using (TextModel model = Writer(folder.Path).WithPrecision(Precision.BFloat16))
        using (TextModel plain = Writer(folder.Path))
        using (TokenBlocks blocks = TokenBlocks.Of(["the film was very good .", "bob lives in rome ."], model.Tokenizer, length: 4))
        {
            string before = model.Generate("the", options);
            foreach (TextModel each in new[] { model, plain })
            {
                each.FineTune(blocks, new Sgd(1), training);
                RoundedWeights.Apply(each.Module, Precision.BFloat16);
            }

            Assert.Equal(plain.Generate("the", options), model.Generate("the", options));
            Assert.NotEqual(before, model.Generate("the", options));
        }
    }

    // Wide enough that its weights are copied.
    private static TextModel Writer(string folder)
    {
        TinyText.WriteTokenizer(folder);
        ModelConfig config = TinyText.Config("gpt2").With("n_embd", 256).With("initializer_range", 0.3);
        return TextModel.Create(config, folder, new CausalLanguageModeling(), seed: 3);
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
