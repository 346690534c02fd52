using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class TextModelTests : IDisposable
{
    private static readonly FineTuneOptions Short = new() { Epochs = 6, BatchSize = 16, Seed = 5 };
    private readonly TemporaryFolder _folder = new();
    private readonly int _threads = get_num_threads();

    // Networks so small lose more to handing work around than they gain from a second thread.
    public TextModelTests() => set_num_threads(1);

    public void Dispose()
    {
        set_num_threads(_threads);
        _folder.Dispose();
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("distilbert")]
    public void A_tiny_network_learns_to_separate_praise_from_blame(string type)
    {
        using TextModel model = TinyText.Model(_folder.Path, type: type);
        using Dataset data = TinyText.Opinions();
        TrainingHistory history = model.FineTune(data, new AdamW(3e-3), Short);
        EvaluationResult result = model.Evaluate(data);
        Assert.True(result.Accuracy > 0.95, result.ToString());
        Assert.Equal(6, history.Epochs.Count);
        Assert.Equal(["bad", "good"], model.ClassNames);
        Assert.Equal("good", model.Predict("the film was great").ClassName);
        Assert.Equal("bad", model.Predict("the film was awful").ClassName);
    }

    [Fact]
    public void The_sentence_of_the_documentation_compiles_and_trains()
    {
        using (TextModel first = TinyText.Model(_folder.Path))
        {
            first.SavePretrained(_folder.Path);
        }

        using Dataset dataset = TinyText.Opinions(32);
        using TextModel model = Pretrained.Bert(_folder.Path).ReplaceHead(labels: 2);
        TrainingHistory history = model.FineTune(dataset, new AdamW(5e-5));
        Assert.Equal(3, history.Epochs.Count);
    }

    [Fact]
    public void Several_labels_and_numbers_are_learnt_too()
    {
        using TextModel model = TinyText.Model(_folder.Path);
        using Dataset data = TinyText.Opinions();
        model.For(new MultiLabelClassification(2)).FineTune(data, new AdamW(3e-3), Short);
        EvaluationResult several = model.Evaluate(data);
        Assert.True(several.Of<MultiLabelReport>().MicroF1 > 0.95, several.ToString());
        Assert.True(model.Predict("the meal was good").Scores.Single(score => score.Class == 1).Probability > 0.5);

        using Dataset graded = TinyText.Graded();
        model.For(new Regression()).FineTune(graded, new AdamW(3e-3), Short);
        EvaluationResult number = model.Evaluate(graded);
        Assert.True(number.Of<RegressionReport>().MeanSquaredError < 0.2, number.ToString());
        Assert.Null(number.Accuracy);
        Assert.True(model.PredictNumber("the meal was good") > model.PredictNumber("the meal was poor"));
    }

    [Fact]
    public void A_label_that_every_text_has_is_learnt_beside_others()
    {
        using TextModel model = TinyText.Model(_folder.Path);
        using Dataset data = TinyText.Labelled();

        // What all have is learnt first, and only then what separates them: that takes more steps than two labels do.
        model.For(new MultiLabelClassification(3)).FineTune(data, new AdamW(3e-3), Short with { Epochs = 30 });
        EvaluationResult result = model.Evaluate(data);
        Assert.True(result.Of<MultiLabelReport>().MicroF1 > 0.95, result.ToString());
        Assert.Equal(
            [true, false, true],
            model.Predict("the film was great").Scores.OrderBy(score => score.Class).Select(score => score.Probability > 0.5));
    }

    [Fact]
    public void A_run_that_was_interrupted_resumes_bit_for_bit()
    {
        using Dataset data = TinyText.Opinions(40);
        using Dataset validation = TinyText.Opinions(16);
        FineTuneOptions options = Short with
        {
            Epochs = 3,
            BatchSize = 8,
            Validation = validation,
            Clipping = new ClipByNorm(1),
            Schedule = new WarmupSchedule(new PolynomialSchedule(), 3),
        };
        using TextModel whole = TinyText.Model(_folder.Path);
        TrainingHistory expected = whole.FineTune(data, new AdamW(3e-3), options);

        string run = Path.Combine(_folder.Path, "run");
        int pieces = 0;
        while (true)
        {
            // A new process: the model as it was at the start.
            using TextModel piece = TinyText.Model(_folder.Path);
            using CancellationTokenSource source = new();
            int steps = 0;
            Immediate<TrainingEvent> stop = new(reported =>
            {
                if (reported is TrainingEvent.StepTaken && ++steps == 4)
                {
                    source.Cancel();
                }
            });
            TrainingHistory history = piece.FineTune(
                data, new AdamW(3e-3), options with { Observers = [stop] }, run, cancellationToken: source.Token);
            pieces++;
            if (history.StopReason == StopReason.Completed)
            {
                Assert.Equal(TinyText.Numbers(whole.Module), TinyText.Numbers(piece.Module));
                Assert.Equal(expected.Epochs.Select(Numbers), history.Epochs.Select(Numbers));
                break;
            }

            Assert.InRange(pieces, 1, 10);
        }

        Assert.InRange(pieces, 3, 10);

        static (int, double, double?, double, double?, double?) Numbers(EpochResult epoch)
            => (epoch.Epoch, epoch.Loss, epoch.Accuracy, epoch.LearningRate, epoch.ValidationLoss, epoch.ValidationAccuracy);
    }

    [Fact]
    public void Names_in_sentences_are_tagged_by_the_first_piece_of_each_word()
    {
        using TextModel model = TinyText.Model(_folder.Path, new TokenClassification(3));
        using Dataset data = TinyText.Names();
        model.FineTune(data, new AdamW(3e-3), Short);
        EvaluationResult result = model.Evaluate(data);
        Assert.Equal(1, result.Of<TaggingReport>().Entities!.Micro.F1);
        Assert.Equal(["B-PER", "O", "O", "B-LOC", "O"], model.TagWords(["Anna", "lives", "in", "Paris", "."]).Select(tag => tag.Tag));

        // Pieces after the first have no label: three words, the middle one of two pieces.
        SeededRandom none = new(0);
        Sample sample = new("x", new WordsContent(["anna", "books", "rome"]), new TagsTarget([1, 0, 2]));
        TokenExample example = (TokenExample)model.LearningTask.Encode(model.Preprocessor, sample, ref none);
        Assert.Equal([-100, 1, 0, -100, 2, -100], example.TokenLabels!);
    }

    [Fact]
    public void Answers_are_found_and_long_texts_are_read_in_windows()
    {
        using TextModel model = TinyText.Model(_folder.Path, new QuestionAnswering());
        using Dataset data = TinyText.Questions();
        model.FineTune(data, new AdamW(3e-3), Short with { Epochs = 15 });
        EvaluationResult result = model.Evaluate(data);
        Assert.True(result.Of<AnswerReport>().Answers.ExactMatch > 0.9, result.ToString());
        const string Context = "in rome lives bob .";
        AnswerPrediction answer = model.PredictAnswer("where does bob live ?", Context);
        Assert.Equal(("rome", 3), (answer.Text, answer.Start));

        string longer = string.Concat(Enumerable.Repeat("the film was very good . ", 10)) + Context;
        TextPreprocessor narrow = new(model.Tokenizer, 24);
        EncodedText[] windows = [.. QuestionAnswering.Windows(narrow, "where does bob live ?", longer)];
        Assert.True(windows.Length > 2);
        Assert.All(windows, window => Assert.True(window.Length <= 24));

        // The windows together hold the tokens that the whole context has, each at its place.
        EncodedText whole = model.Tokenizer.Encode(
            longer, options: new TextEncodingOptions { Truncation = TextTruncation.None, AddSpecialTokens = false });
        Assert.Equal(
            whole.Offsets.Zip(whole.Ids),
            windows.SelectMany(
                window => Enumerable.Range(0, window.Length).Where(i => window.SequenceIndices[i] == 1)
                    .Select(i => (window.Offsets[i], window.Ids[i]))).Distinct());

        // Training learns from the first window that holds the whole answer.
        SeededRandom none = new(0);
        Sample sample = new(
            "x",
            new QuestionContent("where does bob live ?", longer),
            new AnswersTarget([new TextAnswer("rome", longer.IndexOf("rome", StringComparison.Ordinal))]));
        Example example = model.LearningTask.Encode(narrow, sample, ref none);
        using ModelInput input = model.LearningTask.CollateInput(narrow, [example], null);
        using torch.Tensor ends = model.LearningTask.CollateTargets([example], input);
        long[] place = [.. ends.data<long>()];
        Assert.Equal(place[0], place[1]);
        Assert.Equal("rome", model.Tokenizer.IdToToken((int)((TokenInput)input).Ids[0, place[0]].item<long>()));
        string deep = $"{string.Concat(Enumerable.Repeat("the film was very good . ", 10))}{Context} "
            + $"{string.Concat(Enumerable.Repeat("the film was very good . ", 10))}";
        answer = model.PredictAnswer("where does bob live ?", deep);
        Assert.Equal(("rome", deep.IndexOf("rome", StringComparison.Ordinal)), (answer.Text, answer.Start));
    }

    [Fact]
    public void Hidden_words_are_predicted_better_after_continued_pretraining_on_blocks()
    {
        using TextModel model = TinyText.Model(_folder.Path, new MaskedLanguageModeling());
        using TokenBlocks blocks = TokenBlocks.Of(
            Enumerable.Range(0, 120).Select(i => i % 2 == 0 ? "anna lives in paris ." : "bob lives in rome ."),
            model.Tokenizer,
            16);
        Assert.Equal(16, ((TokenContent)blocks.Read(0).Input).Ids.Count);
        EvaluationResult before = model.Evaluate(blocks);
        model.FineTune(blocks, new AdamW(3e-3), Short with { Epochs = 20, BatchSize = 8 });
        EvaluationResult after = model.Evaluate(blocks);
        Assert.True(after.Of<LanguageReport>().Perplexity < before.Of<LanguageReport>().Perplexity / 4, $"{before} -> {after}");
        Assert.Equal("lives", model.PredictMasked("anna [MASK] in paris .")[0][0].Name);
        Assert.Equal(model.Evaluate(blocks).Loss, after.Loss);
    }

    [Fact]
    public void Masking_hides_four_fifths_of_the_chosen_and_depends_on_the_sample_alone()
    {
        using TextModel model = TinyText.Model(_folder.Path, new MaskedLanguageModeling());
        TextPreprocessor preprocessor = new(model.Tokenizer, 512);
        MaskedLanguageModeling task = new();
        int mask = model.Tokenizer.MaskId!.Value;
        int[] words = [.. Enumerable.Repeat(7, 400)];
        Sample sample = new(
            "x", new TokenContent([model.Tokenizer.ClassId!.Value, .. words, model.Tokenizer.SeparatorId!.Value]), NoTarget.Instance);
        int chosen = 0, hidden = 0, kept = 0;
        for (int i = 0; i < 50; i++)
        {
            SeededRandom first = new(1, 2, i), second = new(1, 2, i);
            TokenExample example = (TokenExample)task.Encode(preprocessor, sample, ref first);
            Assert.Equal(example.Encoded.Ids, ((TokenExample)task.Encode(preprocessor, sample, ref second)).Encoded.Ids);
            Assert.Equal(TokenExample.NoLabel, example.TokenLabels![0]);
            Assert.Equal(TokenExample.NoLabel, example.TokenLabels![^1]);
            chosen += example.TokenLabels!.Count(label => label == 7);
            hidden += example.Encoded.Ids.Count(id => id == mask);
            kept += example.TokenLabels!.Zip(example.Encoded.Ids).Count(pair => pair.First == 7 && pair.Second == 7);
        }

        Assert.InRange(chosen / 20000.0, 0.14, 0.16);
        Assert.InRange((double)hidden / chosen, 0.77, 0.84);
        Assert.InRange((double)kept / chosen, 0.08, 0.13);
    }

    [Fact]
    public void Training_depends_on_the_seed_alone()
    {
        float[] Run(int workers)
        {
            using TextModel model = TinyText.Model(_folder.Path);
            using Dataset data = TinyText.Opinions(40);
            model.FineTune(data, new AdamW(1e-3), Short with { Epochs = 2, Workers = workers });
            return TinyText.Numbers(model.Module);
        }

        Assert.Equal(Run(1), Run(3));
    }

    [Fact]
    public void A_saved_model_is_the_same_after_loading()
    {
        string saved = Path.Combine(_folder.Path, "saved");
        using Dataset data = TinyText.Opinions(32);
        using TextModel model = TinyText.Model(_folder.Path).WithMaximumLength(20, refuseLonger: true);
        model.UnfreezeFrom("layer.1").WithLayerDecay(0.5).FineTune(data, new AdamW(1e-3), Short with { Epochs = 1 });
        model.Save(saved);
        using TextModel loaded = TextModel.Load(saved);
        Assert.Equal(TinyText.Numbers(model.Module), TinyText.Numbers(loaded.Module));
        Assert.Equal(model.TrainableParameters, loaded.TrainableParameters);
        Assert.Equal((20, true, 0.5), (loaded.MaximumLength, loaded.RefusesLonger, loaded.Adaptation.LayerDecay));
        Assert.IsType<Classification>(loaded.LearningTask);
        Assert.Equal(["bad", "good"], loaded.ClassNames);
        Assert.Equal(model.Predict("the film was great").Probability, loaded.Predict("the film was great").Probability);
    }

    [Fact]
    public void Half_precision_files_are_half_as_large_and_load_nearly_the_same()
    {
        string full = Path.Combine(_folder.Path, "full"), half = Path.Combine(_folder.Path, "half");
        using TextModel model = TinyText.Model(_folder.Path);
        model.SavePretrained(full);
        model.SavePretrained(half, halfPrecision: true);
        Assert.True(
            new FileInfo(Path.Combine(half, "model.safetensors")).Length < 0.6 * new FileInfo(Path.Combine(full,
                "model.safetensors")).Length);
        using TextModel loaded = Pretrained.Text(half);
        Assert.Equal(model.Predict("good film").Probability, loaded.Predict("good film").Probability, 1e-2);
    }

    [Fact]
    public void Low_rank_weights_train_little_merge_without_a_difference_and_are_saved_apart()
    {
        string adapter = Path.Combine(_folder.Path, "adapter"), whole = Path.Combine(_folder.Path, "whole"),
        merged = Path.Combine(_folder.Path, "merged");
        using Dataset data = TinyText.Opinions();
        using TextModel model = TinyText.Model(_folder.Path);
        float[] before = TinyText.Numbers(model.Module);
        long all = model.TrainableParameters;
        model.WithLora(rank: 4, alpha: 8);
        Assert.Equal((2 * 2 * 2 * 4 * 32) + (2 * 33), model.TrainableParameters);
        Assert.True(model.TrainableParameters < all / 10);
        model.FineTune(data, new AdamW(1e-2), Short);
        double probability = model.Predict("the film was great").Probability;
        model.SaveAdapter(adapter);
        model.Save(whole);
        model.SavePretrained(merged);
        Assert.True(model.HasLora);

        using TextModel loaded = TextModel.Load(whole);
        Assert.Equal(probability, loaded.Predict("the film was great").Probability);
        using TextModel plain = Pretrained.Text(merged);
        Assert.False(plain.HasLora);
        Assert.Equal(probability, plain.Predict("the film was great").Probability, 1e-5);
        using TextModel again = TinyText.Model(_folder.Path).LoadAdapter(adapter);
        Assert.Equal(probability, again.Predict("the film was great").Probability);
        Assert.Equal(probability, model.MergeLora().Predict("the film was great").Probability, 1e-5);
        again.RemoveLora();
        Assert.Equal(before[..1000], TinyText.Numbers(again.Module)[..1000]);
    }

    [Fact]
    public void An_adapter_with_a_head_of_another_size_is_refused_and_leaves_the_model_as_it_was()
    {
        string adapter = Path.Combine(_folder.Path, "adapter");
        using (TextModel three = TinyText.Model(_folder.Path).ReplaceHead(["a", "b", "c"]).WithLora(rank: 2))
        {
            three.SaveAdapter(adapter);
        }

        using TextModel model = TinyText.Model(_folder.Path);
        double before = model.Predict("the film was great").Probability;
        ArgumentException refusal = Assert.ThrowsAny<ArgumentException>(() => model.LoadAdapter(adapter));
        Assert.Contains("3 (a, b, c)", refusal.Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(adapter, "transferlearning.json")); // as the PEFT library leaves it
        Exception shapes = Assert.ThrowsAny<Exception>(() => model.LoadAdapter(adapter));
        Assert.Contains("[3, 32]", shapes.Message, StringComparison.Ordinal);
        Assert.Contains("[2, 32]", shapes.Message, StringComparison.Ordinal);
        Assert.False(model.HasLora);
        Assert.Equal(before, model.Predict("the film was great").Probability);
    }

    [Fact]
    public void Another_task_keeps_the_backbone_and_takes_the_language_head_from_the_files()
    {
        using (TextModel first = TinyText.Model(_folder.Path, new MaskedLanguageModeling()))
        {
            first.SavePretrained(_folder.Path);
        }

        using TextModel model = Pretrained.Bert(_folder.Path);
        Assert.IsType<FeatureExtraction>(model.LearningTask);
        using TextModel direct = Pretrained.Text(_folder.Path, new MaskedLanguageModeling());
        model.ReplaceHead(5);
        Assert.Equal(5, Assert.IsType<Classification>(model.LearningTask).ClassCount);
        model.For(new MaskedLanguageModeling());
        Assert.Equal(TinyText.Numbers(direct.Module), TinyText.Numbers(model.Module));
    }

    [Fact]
    public void Freezing_trains_what_it_says()
    {
        using TextModel model = TinyText.Model(_folder.Path);
        long all = model.TrainableParameters;
        Assert.Equal(66, model.FreezeBackbone().TrainableParameters);
        Assert.Equal(all, model.Unfreeze().TrainableParameters);
        long embeddings = (TinyText.Vocabulary.Count + 40 + 2 + 2) * 32;
        Assert.Equal(all - embeddings, model.FreezeEmbeddings().TrainableParameters);
        Assert.True(model.UnfreezeFrom("layer.1").TrainableParameters < all - embeddings);
        Assert.Contains(
            "embeddings, layer.0, layer.1",
            Assert.Throws<ArgumentException>(() => model.UnfreezeFrom("layer.9")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Embeddings_do_not_depend_on_padding_and_have_length_one()
    {
        using TextModel model = TinyText.Model(_folder.Path, new FeatureExtraction());
        string[] texts = ["good", "the film was very very good and the book was awful"];
        foreach (TextPooling pooling in Enum.GetValues<TextPooling>())
        {
            IReadOnlyList<float[]> together = model.Embed(texts, pooling);
            for (int i = 0; i < texts.Length; i++)
            {
                float[] alone = model.Embed([texts[i]], pooling)[0];
                Assert.Equal(1, Math.Sqrt(alone.Sum(value => (double)value * value)), 1e-5);
                Assert.All(alone.Zip(together[i]), pair => Assert.Equal(pair.First, pair.Second, 1e-5f));
            }
        }
    }

    [Fact]
    public void Batches_hold_texts_of_similar_lengths_in_an_order_of_seed_and_epoch()
    {
        using TextModel model = TinyText.Model(_folder.Path);
        using Dataset data = TinyText.Opinions(200);
        List<int> Order(LoaderOptions options, int epoch, int first = 0)
        {
            List<int> order = [];
            foreach (Batch batch in new BatchLoader(data, model.Preprocessor, options).Epoch(epoch, first))
            {
                using (batch)
                {
                    order.AddRange(batch.Indices);
                }
            }

            return order;
        }

        LoaderOptions shuffled = new() { BatchSize = 8, Shuffle = true, Seed = 3, BatchesSortedTogether = 10 };
        List<int> order = Order(shuffled, 0);
        Assert.Equal(order, Order(shuffled with { Workers = 1 }, 0));
        Assert.NotEqual(order, Order(shuffled, 1));
        Assert.Equal(Enumerable.Range(0, 200), order.Order());
        Assert.Equal(order[(8 * 14)..], Order(shuffled, 0, first: 14));

        (long bucketed, long plain) = (Places(shuffled), Places(shuffled with { BatchesSortedTogether = 1 }));
        Assert.True(bucketed < plain, $"{bucketed} places in buckets, {plain} without");

        long Places(LoaderOptions options)
        {
            long places = 0;
            foreach (Batch batch in new BatchLoader(data, model.Preprocessor, options).Epoch(0))
            {
                using (batch)
                {
                    places += ((TokenInput)batch.Input).Ids.numel();
                }
            }

            return places;
        }
    }

    [Fact]
    public void Training_and_predicting_leave_no_tensor_behind()
    {
        using TextModel model = TinyText.Model(_folder.Path);
        using Dataset data = TinyText.Opinions(32);
        Use();
        long before = LibTorch.LiveTensorCount;
        Use();
        Assert.Equal(before, LibTorch.LiveTensorCount);

        void Use()
        {
            model.FineTune(data, new AdamW(1e-4), Short with { Epochs = 1 });
            model.Evaluate(data);
            model.Predict(["good film", "bad"]);
            model.Embed(["good film", "bad"]);
        }
    }

    [Fact]
    public void Longer_texts_are_counted_or_refused()
    {
        using TextModel model = TinyText.Model(_folder.Path).WithMaximumLength(6);
        using Dataset data = TinyText.Opinions(16);
        Notes notes = new();
        model.FineTune(data, new AdamW(1e-4), Short with { Epochs = 1, Logger = notes });
        Assert.Contains(notes.Lines, line => line.Contains("were truncated", StringComparison.Ordinal));
        Assert.True(model.Evaluate(data).TruncatedSamples > 0);
        model.WithMaximumLength(6, refuseLonger: true);
        SampleLoadException refused = Assert.Throws<SampleLoadException>(
            () => model.FineTune(data, new AdamW(1e-4), Short with { Epochs = 1 }));
        Assert.Contains("opinion", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_data_is_refused_with_what_to_do()
    {
        using TextModel model = TinyText.Model(_folder.Path);
        using Dataset names = TinyText.Names();
        Assert.Contains(
            "Call ReplaceHead(3) first",
            Assert.Throws<ArgumentException>(() => model.FineTune(names, new AdamW(1e-4))).Message,
            StringComparison.Ordinal);
        model.ReplaceHead(3);
        Assert.Contains(
            "WordsContent",
            Assert.Throws<ArgumentException>(() => model.FineTune(names, new AdamW(1e-4))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "TokenClassification", Assert.Throws<InvalidOperationException>(() => model.TagWords(["a"])).Message, StringComparison.Ordinal);
        Assert.Contains(
            "MergeLora", Assert.Throws<InvalidOperationException>(() => model.WithLora().ReplaceHead(2)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "query",
            Assert.Throws<ArgumentException>(() => model.RemoveLora().WithLora(targets: ["nothing"])).Message,
            StringComparison.Ordinal);
        using TextModel features = TinyText.Model(_folder.Path, new FeatureExtraction());
        using Dataset data = TinyText.Opinions(8);
        Assert.Contains(
            "ReplaceHead",
            Assert.Throws<ArgumentException>(() => features.FineTune(data, new AdamW(1e-4))).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "ReplaceHead", Assert.Throws<InvalidOperationException>(() => features.Predict("a")).Message, StringComparison.Ordinal);
    }

    private sealed class Notes : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => Lines.Add(formatter(state, exception));
    }
}
