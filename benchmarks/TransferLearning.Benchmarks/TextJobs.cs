using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Benchmarks;

/// <summary>Jobs with text networks of published sizes and random weights.</summary>
internal static class TextJobs
{
    private const int Batch = 8;
    private const int Length = 128;

    internal static readonly ModelConfig BertBase = ModelConfig.FromPairs(
        new("model_type", "bert"), new("vocab_size", 30522), new("hidden_size", 768), new("num_hidden_layers", 12),
        new("num_attention_heads", 12), new("intermediate_size", 3072), new("max_position_embeddings", 512), new("type_vocab_size", 2),
        new("pad_token_id", 0));

    public static string Run(string name, string[] arguments) => name switch
    {
        "text-generation" => Generation(int.Parse(arguments[0], CultureInfo.InvariantCulture)),
        "text-precision" => Translations(arguments[0], arguments[1], arguments[2]),
        "text-bert-train" => BertTraining(int.Parse(arguments[0], CultureInfo.InvariantCulture)),
        "text-bert-infer" => BertInference(int.Parse(arguments[0], CultureInfo.InvariantCulture)),
        "text-write" => WriteBert(arguments[0]),
        "text-load" => LoadBert(arguments[0]),
        "text-padding" => Padding(int.Parse(arguments[0], CultureInfo.InvariantCulture)),
        _ => throw new ArgumentException($"There is no job '{name}'."),
    };

    /// <summary>GPT-2 small: seconds to write after a prompt of 8 tokens, with and without the cache, after 8 of them, and to the first
    /// token after a long prompt.</summary>
    private static string Generation(int tokens)
    {
        LibTorch.Load();
        ModelConfig config = ModelConfig.FromPairs(
            new("model_type", "gpt2"), new("vocab_size", 50257), new("n_positions", 1024), new("n_embd", 768), new("n_layer", 12),
            new("n_head", 12), new("eos_token_id", 50256));
        using TextNetwork network = Built(config, new CausalLanguageModeling().Head);
        network.Initialize(1);
        network.eval();
        int[] prompt = [464, 2068, 7586, 21831, 18045, 625, 262, 16931];
        Write([prompt], 4, true);
        (double withCache, int[] cached) = Write([prompt], tokens, true);
        (double withoutCache, int[] plain) = Write([prompt], tokens, false);
        (double batch, _) = Write([.. Enumerable.Repeat(prompt, 8)], tokens / 4, true);
        (double first, _) = Write([[.. Enumerable.Repeat(prompt, 64).SelectMany(part => part)]], 1, true);
        (double bfloat16, double bfloat16Batch) = WithWeights(Precision.BFloat16);
        (double int8, double int8Batch) = WithWeights(Precision.Int8);
        return JsonSerializer.Serialize(new
        {
            withCache,
            withoutCache,
            batch,
            first,
            bfloat16,
            bfloat16Batch,
            int8,
            int8Batch,
            sameTokens = cached.SequenceEqual(plain),
        });

        (double One, double Batch) WithWeights(Precision precision)
        {
            using NarrowWeights narrow = new(precision, "gpt2");
            Write([prompt], 4, true, narrow); // makes the copies
            int[][] prompts = [.. Enumerable.Repeat(prompt, 8)];
            return (Write([prompt], tokens, true, narrow).Seconds, Write(prompts, tokens / 4, true, narrow).Seconds);
        }

        (double Seconds, int[] Tokens) Write(int[][] prompts, int count, bool useCache, NarrowWeights? narrow = null)
        {
            GenerationOptions options = new() { MaxNewTokens = count, MinNewTokens = count, UseCache = useCache };
            Stopwatch clock = Stopwatch.StartNew();
            using TokenDecoding decoding = new(
                (IDecodingNetwork)network, prompts, DecodingRules.FromConfig(network.Config), options, torch.CPU, narrow: narrow);
            while (decoding.Step())
            {
            }

            return (clock.Elapsed.TotalSeconds, [.. decoding.Results[0]!.Tokens]);
        }
    }

    /// <summary>A translator with weights in each number type: sacreBLEU of the lines of a file, seconds, and the share of lines that are
    /// the same as in float32. One line after the other, greedily and with four beams.</summary>
    private static string Translations(string folder, string source, string target)
    {
        using TextModel model = TextModel.Load(folder);
        using Dataset pairs = ParallelText.Open(source, target);
        Sample[] lines = [.. Enumerable.Range(0, pairs.Count).Select(pairs.Read)];
        string[] texts = [.. lines.Select(line => ((TextContent)line.Input).Text)];
        string[] references = [.. lines.Select(line => ((TextTarget)line.Target).Text)];
        List<object> results = [];
        foreach (int beams in new[] { 1, 4 })
        {
            IReadOnlyList<string> plain = [];
            foreach (Precision precision in new[] { Precision.Float32, Precision.BFloat16, Precision.Int8 })
            {
                model.WithPrecision(precision);
                Stopwatch clock = Stopwatch.StartNew();
                IReadOnlyList<string> written = model.Translate(
                    texts, new GenerationOptions { Beams = beams, MaxNewTokens = 80, BatchSize = 1 });
                double seconds = clock.Elapsed.TotalSeconds;
                plain = precision == Precision.Float32 ? written : plain;
                results.Add(new
                {
                    beams,
                    precision = $"{precision}",
                    bleu = Bleu.Corpus(written, references).Score,
                    seconds,
                    same = written.Zip(plain).Count(pair => pair.First == pair.Second) / (double)texts.Length,
                });
            }
        }

        return JsonSerializer.Serialize(results);
    }

    private static TextNetwork Built(ModelConfig config, HeadSpec head) => (TextNetwork)ConfigCatalog.Of(config).Build(config, head);

    /// <summary>A step: forward, loss, backward, AdamW.</summary>
    private static string BertTraining(int steps)
    {
        LibTorch.Load();
        using TextNetwork network = Built(BertBase, new Classification(2).Head);
        network.Initialize(1);
        network.train();
        (string, Tensor)[] all = [.. network.named_parameters().Select(entry => (entry.name, (Tensor)entry.parameter))];
        using OptimizerState optimizer = new AdamW(5e-5).CreateState([new ParameterGroup("all", all)]);
        using TokenInput inputs = Texts();
        using Tensor labels = arange(Batch, int64).remainder(2);
        return Seconds(steps, () =>
        {
            optimizer.ZeroGrad();
            Tensor loss = nn.functional.cross_entropy(network.call(inputs), labels);
            loss.backward();
            optimizer.Step();
        });
    }

    private static string BertInference(int steps)
    {
        LibTorch.Load();
        using TextNetwork network = Built(BertBase, new Classification(2).Head);
        network.Initialize(1);
        network.eval();
        using IDisposable guard = inference_mode();
        using TokenInput inputs = Texts();
        return Seconds(steps, () => network.call(inputs));
    }

    private static TokenInput Texts() => new(arange(Batch * Length, int64).mul(7919).remainder(30000).add(1).view(Batch, Length));

    private static string Seconds(int steps, Action step)
    {
        List<double> seconds = [];
        for (int i = 0; i < steps + 2; i++)
        {
            using DisposeScope scope = NewDisposeScope();
            Stopwatch clock = Stopwatch.StartNew();
            step();
            seconds.Add(clock.Elapsed.TotalSeconds);
        }

        double[] counted = [.. seconds.Skip(2).Order()];
        return JsonSerializer.Serialize(new { seconds = counted[counted.Length / 2] });
    }

    private static string WriteBert(string folder)
    {
        LibTorch.Load();
        using TextNetwork network = Built(BertBase, new FeatureExtraction().Head);
        network.Initialize(1);
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "config.json"), BertBase.ToJson());
        using StateDict state = StateDict.FromTensors(network.State());
        state.Save(Path.Combine(folder, "model.safetensors"), CheckpointFormat.SafeTensors);
        return "{}";
    }

    private static string LoadBert(string folder)
    {
        LibTorch.Load();
        long before = PeakBytes();
        Stopwatch clock = Stopwatch.StartNew();
        using HuggingFaceFolder checkpoint = HuggingFaceFolder.Open(folder);
        using ConfigNetwork network = checkpoint.Build(new HeadSpec(HeadKind.None)).Network;
        double seconds = clock.Elapsed.TotalSeconds;
        long fileBytes = new FileInfo(Path.Combine(folder, "model.safetensors")).Length;
        return JsonSerializer.Serialize(new { seconds, peakBytes = PeakBytes() - before, fileBytes });
    }

    /// <summary>Texts of 5 to 128 tokens, most of them short: real tokens a second, rows as long as needed or all of 128.</summary>
    private static string Padding(int texts)
    {
        LibTorch.Load();
        ModelConfig config = BertBase
            .With("hidden_size", 256).With("num_hidden_layers", 4).With("num_attention_heads", 4).With("intermediate_size", 1024);
        using TextNetwork network = Built(config, new Classification(2).Head);
        network.Initialize(1);
        network.train();
        SeededRandom random = new(1);
        int[][] rows = new int[texts][];
        for (int i = 0; i < texts; i++)
        {
            rows[i] = [.. Enumerable.Repeat(1000 + i, Math.Min(Length, 5 + (int)(-25 * Math.Log(1 - random.NextDouble()))))];
        }

        double dynamic = TokensPerSecond(network, [.. rows.OrderBy(row => row.Length).Chunk(32)], null);
        double padded = TokensPerSecond(network, [.. rows.Chunk(32)], Length);
        return JsonSerializer.Serialize(new { dynamic, padded });
    }

    private static double TokensPerSecond(TextNetwork network, int[][][] batches, int? length)
    {
        Stopwatch clock = Stopwatch.StartNew();
        long tokens = 0;
        foreach (int[][] batch in batches)
        {
            using DisposeScope scope = NewDisposeScope();
            using TokenInput inputs = TokenInput.FromRows(batch, 0, null, length);
            using Tensor labels = zeros(batch.Length, int64);
            nn.functional.cross_entropy(network.call(inputs), labels).backward();
            tokens += batch.Sum(row => row.Length);
        }

        return tokens / clock.Elapsed.TotalSeconds;
    }

    private static long PeakBytes() => File.ReadLines("/proc/self/status")
        .Where(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
        .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024)
        .First();
}
