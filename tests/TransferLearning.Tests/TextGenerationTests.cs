using TorchSharp;

namespace TransferLearning.Tests;

public sealed class TextGenerationTests : IDisposable
{
    private static readonly string[] Sentences =
        [
            "a dog runs in the park .",
            "two men play a game .",
            "the woman reads a book in the park .",
            "a child eats bread .",
            "three dogs play in the water .",
            "the man sleeps .",
        ];

    private readonly TemporaryFolder _folder = new();

    [Fact]
    public async Task A_stream_is_the_whole_text_in_parts()
    {
        using TextModel model = Decoder();
        GenerationOptions options = new() { MaxNewTokens = 30, Sample = true, Seed = 4 };
        string whole = model.Generate("a dog", options);
        List<string> parts = await All(model.StreamAsync("a dog", options, TestContext.Current.CancellationToken));
        Assert.Equal(whole, string.Concat(parts));
        Assert.True(parts.Count > 3);
        Assert.Equal(whole, model.Generate(["a dog"], options)[0].ToString());
        await Assert.ThrowsAsync<ArgumentException>(() => All(model.StreamAsync("a dog", new GenerationOptions { Beams = 2 })));
    }

    [Fact]
    public async Task A_stop_word_ends_the_text_wherever_tokens_begin()
    {
        using TextModel model = Decoder();
        GenerationOptions options = new() { MaxNewTokens = 40, Sample = true, Seed = 4 };
        string whole = model.Generate("a dog", options);
        string stop = whole.Substring((whole.Length / 2) - 2, 5); // in the middle of words as often as not
        string expected = whole[..whole.IndexOf(stop, StringComparison.Ordinal)];
        GenerationOptions stopping = options with { StopWords = ["never written", stop] };
        GeneratedText text = model.Generate(["a dog"], stopping)[0];
        Assert.Equal((expected, GenerationStop.StopWord), (text.Text, text.Stop));
        Assert.Equal(expected, string.Concat(await All(model.StreamAsync("a dog", stopping, TestContext.Current.CancellationToken))));
    }

    [Fact]
    public async Task A_stream_ends_when_it_is_cancelled_or_left()
    {
        using TextModel model = Decoder();
        GenerationOptions options = new() { MaxNewTokens = 100, MinNewTokens = 100 };
        using CancellationTokenSource source = new();
        int parts = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (string part in model.StreamAsync("a dog", options, source.Token))
            {
                if (++parts == 3)
                {
                    await source.CancelAsync();
                }
            }
        });
        Assert.Equal(3, parts);
        await foreach (string part in model.StreamAsync("a dog", options, TestContext.Current.CancellationToken))
        {
            break;
        }

        source.Dispose();
        using CancellationTokenSource cancelled = new();
        await cancelled.CancelAsync();
        Assert.ThrowsAny<OperationCanceledException>(() => model.Generate("a dog", options, cancelled.Token));
    }

    [Fact]
    public void Bad_words_are_not_written()
    {
        using TextModel model = Decoder();
        GenerationOptions options = new() { MaxNewTokens = 40, MinNewTokens = 40 };
        string word = model
            .Generate("a dog", options)
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .First(word => word.Length > 1 && !word.StartsWith("##", StringComparison.Ordinal));
        Assert.DoesNotContain(word, model.Generate("a dog", options with { BadWords = [word] }).Split(' '));
    }

    [Fact]
    public void A_prompt_that_leaves_no_position_is_refused_and_an_empty_one_is_not()
    {
        using TextModel model = Decoder();
        Assert.Contains(
            "64 positions",
            Assert.Throws<ArgumentException>(() => model.Generate(string.Join(' ', Enumerable.Repeat("dog", 64)))).Message,
            StringComparison.Ordinal);
        Assert.NotEmpty(model.Generate("", new GenerationOptions { MaxNewTokens = 5, MinNewTokens = 5 }));
    }

    [Fact]
    public void A_language_model_learns_packed_blocks_and_writes_on()
    {
        using TextModel model = Decoder();
        using TokenBlocks blocks = TokenBlocks.Of(
            Enumerable.Repeat(Sentences, 8).SelectMany(sentence => sentence),
            model.Tokenizer,
            16,
            framed: false);
        double before = model.Evaluate(blocks).Of<LanguageReport>().Perplexity;
        model.FineTune(blocks, new AdamW(0.01), new FineTuneOptions { Epochs = 30, BatchSize = 8, Seed = 1 });
        Assert.True(model.Evaluate(blocks).Of<LanguageReport>().Perplexity < before / 5);
        Assert.StartsWith("read", model.Generate("the woman", new GenerationOptions { MaxNewTokens = 8 }).Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_decoder_learns_classes()
    {
        using TextModel model = Create(TinyDecoders.Gpt2Config(100), new Classification(2));
        using Dataset texts = new InMemoryDataset(
            [
                .. Enumerable
                    .Range(0, 32)
                    .Select(i => new Sample($"{i}", i % 2, new TextContent(Sentences[i % 2] + (i % 3 == 0 ? " the man sleeps ." : ""))))
            ],
            ["dog", "men"]);
        model.FineTune(texts, new AdamW(0.003), new FineTuneOptions { Epochs = 8, BatchSize = 8, Seed = 1 });
        Assert.Equal(1, model.Evaluate(texts).Accuracy);
    }

    [Theory]
    [InlineData("marian")]
    [InlineData("bart")]
    [InlineData("t5")]
    public void An_encoder_decoder_learns_to_translate_and_is_saved_whole(string kind)
    {
        ModelConfig config = kind == "t5" ? TinyDecoders.T5Config(100) : TinyDecoders.MarianConfig(100, kind);
        using TextModel model = Create(
            config
                .With("pad_token_id", 0)
                .With("decoder_start_token_id", 0)
                .With("eos_token_id", 3)
                .With("dropout", 0)
                .With("dropout_rate", 0)
                .With("init_std", 0.1)
                .With("initializer_range", 0.1),
            null);
        using Dataset pairs = new InMemoryDataset(
            [
                .. Sentences.Select(
                    (sentence, i) => new Sample($"{i}", new TextContent(sentence), new TextTarget(Sentences[(i + 1) % Sentences.Length])))
            ],
            ["text"]);
        TrainingHistory history = model.FineTune(
            pairs,
            new AdamW(0.005),
            new FineTuneOptions
            {
                Epochs = 60,
                BatchSize = 3,
                Seed = 1,
                Loss = new CrossEntropyLoss(labelSmoothing: 0.05),
                Clipping = new ClipByNorm(1),
                Schedule = new WarmupSchedule(new PolynomialSchedule(), 10),
            });
        Assert.True(model.Evaluate(pairs).Of<LanguageReport>().Perplexity < 1.5, history.ToString());
        string[] expected = [.. Sentences.Skip(1), Sentences[0]];
        GenerationOptions options = new() { MaxNewTokens = 20 };
        string[] found = [.. model.Translate(Sentences, options)];
        Assert.Equal(expected.Select(Tight), found.Select(Tight));
        Assert.Equal(found, model.Translate(Sentences, options with { Beams = 3 }));
        using TemporaryFolder saved = new();
        model.Save(saved.Path);
        using TextModel again = kind switch
        {
            "t5" => Pretrained.T5(saved.Path),
            "bart" => Pretrained.Bart(saved.Path),
            _ => Pretrained.Marian(saved.Path),
        };
        Assert.Equal(found, again.Translate(Sentences, options));
    }

    [Fact]
    public void The_configuration_names_the_prefix_of_a_task()
    {
        Dictionary<string, object> tasks = new()
        {
            ["summarization"] = new Dictionary<string, object> { ["prefix"] = "summarize: ", ["num_beams"] = 2, ["max_length"] = 12 },
            ["translation_en_to_de"] = new Dictionary<string, object> { ["prefix"] = "translate English to German: " },
            ["translation_en_to_fr"] = new Dictionary<string, object> { ["prefix"] = "translate English to French: " },
        };
        using TextModel model = Create(TinyDecoders.T5Config(100).With("task_specific_params", tasks), null);
        GenerationOptions options = new() { MaxNewTokens = 11, Beams = 2 };
        Assert.Equal(model.Generate("summarize: a dog .", options), model.Summarize(["a dog ."])[0]);
        Assert.Contains(
            "translation_en_to_fr",
            Assert.Throws<InvalidOperationException>(() => model.Translate(["a dog ."])).Message,
            StringComparison.Ordinal);
        Assert.Equal(
            model.Generate("translate English to French: a dog .", options),
            model.WithSourcePrefix("translate English to French: ").Translate(["a dog ."], options)[0]);
    }

    [Fact]
    public void A_model_for_another_task_says_that_it_does_not_write()
    {
        using TextModel model = Create(TinyDecoders.Gpt2Config(100), new Classification(2));
        Assert.Contains("Pooled", Assert.Throws<NotSupportedException>(() => model.Generate("a dog")).Message, StringComparison.Ordinal);
        Assert.Throws<NotSupportedException>(() => model.Translate(["a dog"]));
    }

    [Fact]
    public void A_published_form_without_prefix_and_with_buffers_is_read()
    {
        using TextModel model = Decoder();
        using TemporaryFolder other = new();
        model.SavePretrained(other.Path);
        using (DisposeScope scope = torch.NewDisposeScope())
        {
            Dictionary<string, torch.Tensor> state = model.Module
                .State()
                .ToDictionary(entry => entry.Key["transformer.".Length..], entry => entry.Value);
            state["h.0.attn.bias"] = torch.ones(1, 1, 64, 64);
            state["h.0.attn.masked_bias"] = torch.tensor(-1e4f);
            using StateDict published = StateDict.FromTensors(state);
            published.Save(other.File("model.safetensors"), CheckpointFormat.SafeTensors);
        }

        using TextModel again = Pretrained.Gpt2(other.Path);
        Assert.Empty(again.LoadReport!.Missing);
        Assert.Empty(again.LoadReport.Unexpected);
        Assert.Equal(model.Generate("a dog"), again.Generate("a dog"));
    }

    public void Dispose() => _folder.Dispose();

    // A decoder of words puts a space before each word, and none before a full stop.
    private static string Tight(string text) => text.Replace(" ", "", StringComparison.Ordinal);

    private static async Task<List<string>> All(IAsyncEnumerable<string> parts)
    {
        List<string> all = [];
        await foreach (string part in parts)
        {
            all.Add(part);
        }

        return all;
    }

    private TextModel Decoder() => Create(TinyDecoders.Gpt2Config(100), new CausalLanguageModeling());

    private TextModel Create(ModelConfig config, LearningTask? task)
    {
        WordPieceVocabulary.Train(Sentences, 100).Save(_folder.File("vocab.txt"));
        return TextModel.Create(
            config,
            _folder.Path,
            task ?? new SequenceToSequence(config.Whole("decoder_start_token_id"), config.Whole("eos_token_id")),
            seed: 1);
    }
}
