using TorchSharp;

namespace TransferLearning.Tests;

public sealed class DecodingTests
{
    private static readonly int[][] Prompts = [[5, 9, 12, 3], [7], [20, 21, 22, 23, 24, 25, 26]];

    public static TheoryData<string> Kinds => ["gpt2", "marian", "bart", "t5"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Tokens_are_the_same_with_and_without_cache_alone_and_in_a_batch(string kind)
    {
        using TextNetwork network = Network(kind);
        foreach (GenerationOptions options in new GenerationOptions[]
        {
            new() { MaxNewTokens = 20 },
            new() { MaxNewTokens = 20, Sample = true, Temperature = 0.8, TopK = 20, TopP = 0.9, Seed = 3 },
            new() { MaxNewTokens = 20, RepetitionPenalty = 1.3, NoRepeatNGram = 2, MinNewTokens = 8 },
        })
        {
            int[][] expected = Write(network, Prompts, options);
            Assert.Equal(expected, Write(network, Prompts, options with { UseCache = false }));
            Assert.Equal(expected[0], Write(network, [Prompts[0]], options)[0]); // the first of a batch draws what it draws alone
        }

        GenerationOptions beams = new() { MaxNewTokens = 12, Beams = 3 };
        Assert.Equal(Search(network, Prompts, beams), Search(network, Prompts, beams with { UseCache = false }));
        Assert.Equal(Search(network, Prompts, beams), Prompts.Select(prompt => Search(network, [prompt], beams)[0]));
    }

    [Fact]
    public void One_beam_is_the_likeliest_token_at_every_step()
    {
        using TextNetwork network = Network("gpt2");
        GenerationOptions options = new() { MaxNewTokens = 16 };
        Assert.Equal(Write(network, Prompts, options), Search(network, Prompts, options));
    }

    [Fact]
    public void A_seed_fixes_what_is_drawn()
    {
        using TextNetwork network = Network("gpt2");
        GenerationOptions options = new() { MaxNewTokens = 24, Sample = true, Seed = 1, MinNewTokens = 24 };
        int[] first = Write(network, [Prompts[0]], options)[0];
        Assert.Equal(first, Write(network, [Prompts[0]], options)[0]);
        Assert.NotEqual(first, Write(network, [Prompts[0]], options with { Seed = 2 })[0]);
        Assert.Equal(
            Write(network, [Prompts[0]], new() { MaxNewTokens = 24, MinNewTokens = 24 })[0],
            Write(network, [Prompts[0]], options with { TopK = 1 })[0]);
        Assert.Equal(
            Write(network, [Prompts[0]], new() { MaxNewTokens = 24, MinNewTokens = 24 })[0],
            Write(network, [Prompts[0]], options with { TopP = 1e-6 })[0]);
    }

    [Fact]
    public void No_sequence_of_tokens_comes_twice()
    {
        using TextNetwork network = Network("gpt2");
        int[] written =
        [
            .. Prompts[0],
            .. Write(network, [Prompts[0]], new() { MaxNewTokens = 40, MinNewTokens = 40, NoRepeatNGram = 2 })[0],
        ];
        (int, int)[] pairs = [.. written.Zip(written.Skip(1))];
        Assert.Equal(pairs.Distinct(), pairs);
    }

    [Fact]
    public void Writing_stops_where_positions_end_and_says_so()
    {
        using TextNetwork network = TinyDecoders.Build(TinyDecoders.Gpt2Config(positions: 12), new HeadSpec(HeadKind.Vocabulary));
        using TokenDecoding decoding = new(
            (IDecodingNetwork)network,
            [Prompts[0]],
            new DecodingRules(),
            new GenerationOptions { MaxNewTokens = 50 },
            torch.CPU);
        while (decoding.Step())
        {
        }

        Assert.Equal(GenerationStop.NoPositionLeft, decoding.Results[0]!.Stop);
        Assert.Equal(12 - 4 + 1, decoding.Results[0]!.Tokens.Count); // what the last position predicts is still written
        using TokenInput tooLong = TokenInput.FromRows([Enumerable.Range(1, 13).ToArray()], 0);
        Assert.Contains("12 positions", Assert.Throws<ArgumentException>(() => network.call(tooLong)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_token_leaves_no_tensor_behind(string kind)
    {
        using TextNetwork network = Network(kind);
        GenerationOptions options = new() { MaxNewTokens = 30, MinNewTokens = 30 };
        using TokenDecoding decoding = new((IDecodingNetwork)network, Prompts, Rules(network), options, torch.CPU);
        decoding.Step();
        decoding.Step();
        long before = LibTorch.LiveTensorCount;
        for (int i = 0; i < 10; i++)
        {
            decoding.Step();
        }

        Assert.Equal(before, LibTorch.LiveTensorCount);
        using BeamDecoding search = new((IDecodingNetwork)network, Prompts, Rules(network), options with { Beams = 3 }, torch.CPU);
        search.Step();
        search.Step();
        before = LibTorch.LiveTensorCount;
        search.Step();
        search.Step();
        Assert.Equal(before, LibTorch.LiveTensorCount);
    }

    [Fact]
    public void Repetition_penalty_divides_what_is_positive_and_multiplies_what_is_negative()
    {
        float[] logits = [2, -2, 1, -1];
        new LogitsProcessor(
            new GenerationOptions { RepetitionPenalty = 2 }, new DecodingRules()).Apply(logits, [0, 1, 0], 1, isLast: false);
        Assert.Equal([1, -4, 1, -1], logits);
    }

    [Fact]
    public void Bad_words_forced_tokens_and_least_length_are_kept()
    {
        DecodingRules rules = new() { End = [3], ForcedFirst = 2, ForcedLast = [3], BadWords = [[1, 2], [0]], Suppressed = [4] };
        LogitsProcessor logits = new(new GenerationOptions { MinNewTokens = 2 }, rules);
        float[] first = [9, 9, 9, 9, 9], middle = [9, 9, 9, 9, 9], last = [9, 9, 9, 9, 9];
        logits.Apply(first, [7], 0, isLast: false);
        logits.Apply(middle, [7, 1], 1, isLast: false);
        logits.Apply(last, [7, 1], 1, isLast: true);
        Assert.Equal([float.NegativeInfinity, float.NegativeInfinity, 0, float.NegativeInfinity, float.NegativeInfinity], first);
        Assert.Equal([float.NegativeInfinity, 9, float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity], middle);
        Assert.Equal([float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity, 0, float.NegativeInfinity], last);
    }

    [Fact]
    public void Suppressed_and_forced_tokens_stand_where_transformers_puts_them()
    {
        ModelConfig config = ModelConfig.FromJson(
            """{"model_type": "bart", "suppress_tokens": [1], "begin_suppress_tokens": [2], "forced_decoder_ids": [[3, 0]], "forced_eos_token_id": [3, 4], "eos_token_id": 4}""");
        LogitsProcessor logits = new(new GenerationOptions { MinLength = 3 }, DecodingRules.FromConfig(config));
        Assert.Equal([0, 3], Allowed([9], 0, isLast: false));
        Assert.Equal([0, 2, 3], Allowed([9, 9], 1, isLast: false));
        Assert.Equal([0], Allowed([9, 9, 9], 2, isLast: false));
        Assert.Equal([0, 2, 3, 4], Allowed([9, 9, 9, 9], 3, isLast: false));
        Assert.Equal([3, 4], Allowed([9, 9, 9, 9], 3, isLast: true));

        int[] Allowed(int[] tokens, int written, bool isLast)
        {
            float[] scores = new float[5];
            logits.Apply(scores, tokens, written, isLast);
            return [.. Enumerable.Range(0, 5).Where(token => scores[token] == 0)];
        }
    }

    [Fact]
    public void Lengths_and_sampling_have_transformers_meaning()
    {
        GenerationOptions options = GenerationOptions.FromConfig(ModelConfig.FromJson("""{"max_length": 10, "min_length": 4, "min_new_tokens": 2}"""));
        Assert.Equal((6, 9), (options.MostNewTokens(4), options.MostNewTokens(1)));
        Assert.Equal((4, 2), (options.MinLength, options.MinNewTokens));
        options = GenerationOptions.FromConfig(ModelConfig.FromJson("""{"max_length": 10, "max_new_tokens": 8}"""));
        Assert.Equal((8, 8), (options.MostNewTokens(4), options.MostNewTokens(1)));
        Assert.Null(GenerationOptions.FromConfig(ModelConfig.FromJson("""{"do_sample": true, "top_k": 0}""")).TopK);
        Assert.Null(GenerationOptions.FromConfig(ModelConfig.FromJson("""{"do_sample": true, "top_k": null}""")).TopK);
        Assert.Equal(50, GenerationOptions.FromConfig(ModelConfig.FromJson("""{"do_sample": true}""")).TopK);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void A_batch_gives_each_prompt_what_it_gets_alone(int beams)
    {
        using TextNetwork network = TinyDecoders.Build(TinyDecoders.Gpt2Config(positions: 16), new HeadSpec(HeadKind.Vocabulary));
        int[][] prompts = [[5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18], [20, 21, 22]];
        DecodingRules rules = new();
        GenerationOptions options = new() { MaxNewTokens = 60, Beams = beams };
        GeneratedTokens[] together = Write(prompts);
        foreach ((int[] prompt, GeneratedTokens batched) in prompts.Zip(together))
        {
            GeneratedTokens alone = Write([prompt])[0];
            Assert.Equal(alone.Tokens, batched.Tokens);
            Assert.Equal((GenerationStop.NoPositionLeft, 17 - prompt.Length), (batched.Stop, batched.Tokens.Count));
        }

        GeneratedTokens[] Write(int[][] inputs)
        {
            if (beams > 1)
            {
                using BeamDecoding search = new((IDecodingNetwork)network, inputs, rules, options, torch.CPU);
                while (search.Step())
                {
                }

                return [.. search.Results.Select(found => found[0])];
            }

            using TokenDecoding decoding = new((IDecodingNetwork)network, inputs, rules, options, torch.CPU);
            while (decoding.Step())
            {
            }

            return [.. decoding.Results.Select(result => result!)];
        }
    }

    [Fact]
    public void Drawing_follows_the_probabilities_that_top_k_and_top_p_leave()
    {
        float[] logits = [.. new[] { 0.5, 0.3, 0.15, 0.05 }.Select(share => (float)Math.Log(share))];
        int[] Counts(GenerationOptions options)
        {
            int[] counts = new int[4];
            for (int i = 0; i < 4000; i++)
            {
                SeededRandom random = new(1, 0, i);
                counts[TokenSampler.Sample(logits, options, ref random)]++;
            }

            return counts;
        }

        Assert.All(
            Counts(new GenerationOptions { Sample = true }).Zip(new[] { 0.5, 0.3, 0.15, 0.05 }),
            pair => Assert.InRange(pair.First / 4000.0, pair.Second - 0.03, pair.Second + 0.03));
        Assert.All(
            Counts(new GenerationOptions { Sample = true, TopK = 2 }).Zip(new[] { 0.625, 0.375, 0, 0 }),
            pair => Assert.InRange(pair.First / 4000.0, pair.Second - 0.03, pair.Second + 0.03));
        Assert.Equal(0, Counts(new GenerationOptions { Sample = true, TopP = 0.79 })[2]);
        Assert.NotEqual(0, Counts(new GenerationOptions { Sample = true, TopP = 0.81 })[2]);
    }

    [Fact]
    public void Options_that_contradict_each_other_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new GenerationOptions { Temperature = 0.5 }.Validate());
        Assert.Throws<ArgumentException>(() => new GenerationOptions { Sample = true, Beams = 2 }.Validate());
        Assert.Throws<ArgumentOutOfRangeException>(() => new GenerationOptions { MaxNewTokens = 0 }.Validate());
        Assert.Throws<ArgumentOutOfRangeException>(() => new GenerationOptions { Sample = true, TopP = 1.5 }.Validate());
    }

    internal static TextNetwork Network(string kind, int width = 32) => kind switch
    {
        "gpt2" => TinyDecoders.Build(TinyDecoders.Gpt2Config(width: width), new HeadSpec(HeadKind.Vocabulary)),
        "t5" => TinyDecoders.Build(TinyDecoders.T5Config(width: width), new HeadSpec(HeadKind.Vocabulary)),
        _ => TinyDecoders.Build(TinyDecoders.MarianConfig(type: kind, width: width), new HeadSpec(HeadKind.Vocabulary)),
    };

    internal static DecodingRules Rules(TextNetwork network) => DecodingRules.FromConfig(network.Config);

    private static int[][] Write(TextNetwork network, int[][] inputs, GenerationOptions options)
    {
        using TokenDecoding decoding = new((IDecodingNetwork)network, inputs, Rules(network), options, torch.CPU);
        while (decoding.Step())
        {
        }

        return [.. decoding.Results.Select(result => result!.Tokens.ToArray())];
    }

    private static int[][] Search(TextNetwork network, int[][] inputs, GenerationOptions options)
    {
        using BeamDecoding decoding = new((IDecodingNetwork)network, inputs, Rules(network), options, torch.CPU);
        while (decoding.Step())
        {
        }

        return [.. decoding.Results.Select(result => result[0].Tokens.ToArray())];
    }
}
