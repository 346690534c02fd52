namespace TransferLearning.Exchange.Tests;

/// <summary>Files of <c>ExportGguf</c>, run by llama.cpp.</summary>
public sealed class GgufRunTests : IDisposable
{
    private const string Text = "the very good film was great .";

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<GgmlType> Types => new(Enum.GetValues<GgmlType>());

    public static TheoryData<string, GgmlType> Encoders
    {
        get
        {
            TheoryData<string, GgmlType> rows = [];
            foreach (string name in new[] { "bert", "roberta", "distilbert" })
            {
                Array.ForEach(Enum.GetValues<GgmlType>(), type => rows.Add(name, type));
            }

            return rows;
        }
    }

    private string File => _folder.File("model.gguf");

    private static string Samples { get; } = Path.Combine(AppContext.BaseDirectory, "Samples");

    private string Tokenizer => _folder.File("tokenizer");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Types))]
    public void Gpt2_gives_the_same_logits_in_llama_cpp(GgmlType type)
    {
        foreach (bool isTied in new[] { true, false })
        {
            using TextModel model = TinyGguf.Model(Tokenizer, "gpt2", new CausalLanguageModeling(), isTied: isTied);
            model.ExportGguf(File, type);

            using LlamaRun run = new(File);

            int[] tokens = run.Tokens("The world in the morning, and another one.");
            AssertClose(TinyGguf.Run(model, tokens, model.Module.call), run.Logits(tokens), BoundOf(type));
        }
    }

    [Theory]
    [MemberData(nameof(Encoders))]
    public void An_encoder_gives_the_same_vectors_in_llama_cpp(string architecture, GgmlType type)
    {
        foreach (string activation in new[] { "gelu", "gelu_new" })
        {
            using TextModel model = TinyGguf.Model(Tokenizer, architecture, new FeatureExtraction(), activation);
            foreach (TextPooling pooling in Enum.GetValues<TextPooling>())
            {
                model.ExportGguf(File, type, pooling);

                using LlamaRun run = new(File);

                int[] tokens = run.Tokens(Text);
                float[] expected = TinyGguf.Run(
                    model, tokens, input => TextNetwork.Embed(model.Module.ForwardHidden(input), input.Mask, pooling, normalize: false));
                AssertClose(expected, run.Vector(tokens, model.Module.FeatureCount), BoundOf(type));
            }
        }
    }

    [Theory]
    [InlineData("bert", 3)]
    [InlineData("roberta", 3)]
    [InlineData("bert", 1)]
    public void Classes_and_numbers_come_out_as_logits(string architecture, int outputs)
    {
        LearningTask task = outputs == 1 ? new Regression() : new Classification(["no", "perhaps", "yes"]);
        using TextModel model = TinyGguf.Model(Tokenizer, architecture, task);
        model.ExportGguf(File, GgmlType.F32);

        using LlamaRun run = new(File);

        int[] tokens = run.Tokens(Text);
        AssertClose(TinyGguf.Run(model, tokens, model.Module.call), run.Vector(tokens, outputs), BoundOf(GgmlType.F32));
    }

    [Theory]
    [InlineData(GgmlType.F32, "gelu_new", 1 / 1024.0)]
    [InlineData(GgmlType.F16, "gelu_new", 2 / 1024.0)]
    [InlineData(GgmlType.Q8, "gelu_new", 8 / 254.0)]
    [InlineData(GgmlType.F32, "gelu", 1 / 128.0)] // through three layers of the approximation that it was not trained with
    public void The_bundled_BERT_gives_the_same_vectors(GgmlType type, string activation, double bound)
    {
        string folder = _folder.File("bert");
        Directory.CreateDirectory(folder);
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Samples, "bert-definitions")))
        {
            System.IO.File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }

        string config = Path.Combine(folder, "config.json");
        System.IO.File.WriteAllText(config, ModelConfig.FromFile(config).With("hidden_act", activation).ToJson());
        using TextModel model = Pretrained.Bert(folder);
        model.For(new FeatureExtraction()).ExportGguf(File, type);

        using LlamaRun run = new(File);

        foreach (string text in new[] { "A bee is an insect that makes honey.", "the capital of France" })
        {
            float[] expected = model.Embed([text], normalize: false)[0];
            AssertClose(expected, run.Vector(run.Tokens(text), expected.Length), bound);
        }
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("roberta")]
    [InlineData("bert")]
    public void Texts_have_the_same_tokens(string architecture)
    {
        using TextModel model = TinyGguf.Model(Tokenizer, architecture, new FeatureExtraction());
        model.ExportGguf(File);

        using LlamaRun run = new(File);

        AssertSameTokens(
            model, run,
            [
                "The world in the morning, and another one.", "  two  spaces\nand a line\tend ", "don't we'll 1234 ... ?!",
                "naïve café Ünïcödé 世界 😀", "the<|endoftext|>end", "the [MASK] film", "a<mask> b </s>", "x", " ", "",
            ]);
    }

    [Fact]
    public void Thousands_of_questions_have_the_same_tokens()
    {
        using TextModel model = Pretrained.Bert(Path.Combine(Samples, "bert-definitions"));
        model.For(new FeatureExtraction()).ExportGguf(File);

        using LlamaRun run = new(File);

        AssertSameTokens(model, run, System.IO.File.ReadAllLines(Path.Combine(Samples, "questions.tsv")));
    }

    /// <summary>But for Hindi and Korean without accents, of which the report speaks.</summary>
    [Theory]
    [InlineData("bert", true)]
    [InlineData("bert", false)]
    [InlineData("gpt2", false)]
    public void Published_vocabularies_give_the_same_tokens(string architecture, bool lowerCase)
    {
        Directory.CreateDirectory(Tokenizer);
        if (architecture == "bert")
        {
            System.IO.File.Copy(SharedData.Path("text/bert-base-uncased-vocab.txt"), Path.Combine(Tokenizer, "vocab.txt"));
            System.IO.File.WriteAllText(
                Path.Combine(Tokenizer, "tokenizer_config.json"), $$"""{"do_lower_case": {{(lowerCase ? "true" : "false")}}}""");
        }
        else
        {
            System.IO.File.Copy(SharedData.Path("text/gpt2-encoder.json"), Path.Combine(Tokenizer, "encoder.json"));
            System.IO.File.Copy(SharedData.Path("text/gpt2-vocab.bpe"), Path.Combine(Tokenizer, "vocab.bpe"));
        }

        int count = TextTokenizer.FromFolder(Tokenizer).VocabularySize;
        ModelConfig config = TinyText.Config(architecture).With("vocab_size", count);
        using TextModel model = TextModel.Create(config, Tokenizer, new FeatureExtraction());
        model.ExportGguf(File);

        using LlamaRun run = new(File);

        string[] texts =
        [
            .. System.IO.File.ReadLines(SharedData.Path("text/sst2_dev.tsv")), .. Lines("text/multi30k_val.de.gz"),
            "naïve café Ünïcödé 世界 😀 İstanbul ﬁne x² ½ — “quotes” …", "a\u00a0b\u200bc\u2028d\u3000e\tf\r\ng", "tokens\u0301 \u0000\ufffd",
            "don't we'll they've I'm you're he'd it's ʼn", "$100 + 5% = ^_^ `code` ~x~ |y| <a@b.com>", "ΑΒΓ абв ابجد ไทย 日本語 ガ が",
        ];
        AssertSameTokens(model, run, texts);
    }

    private static void AssertSameTokens(TextModel model, LlamaRun run, IEnumerable<string> texts)
    {
        TextEncodingOptions whole = new() { Truncation = TextTruncation.None };
        foreach (string text in texts)
        {
            string expected = string.Join(' ', model.Tokenizer.Encode(text, null, whole).Ids);
            Assert.Equal((text, expected), (text, string.Join(' ', run.Tokens(text))));
        }
    }

    private static IEnumerable<string> Lines(string path)
    {
        using FileStream file = System.IO.File.OpenRead(SharedData.Path(path));
        using StreamReader reader = new(new System.IO.Compression.GZipStream(file, System.IO.Compression.CompressionMode.Decompress));
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }

    // llama.cpp looks GELU up in a table of float16 steps, whatever the file is, and with other files it also rounds what enters a matrix:
    // to float16, or to 8 bits of the largest in a block.
    private static double BoundOf(GgmlType type) => type switch { GgmlType.F32 => 1 / 1024.0, GgmlType.F16 => 2 / 1024.0, _ => 8 / 254.0 };

    private static void AssertClose(float[] expected, float[] found, double bound)
    {
        Assert.Equal(expected.Length, found.Length);
        double largest = expected.Max(Math.Abs);
        Assert.InRange(expected.Zip(found).Max(pair => Math.Abs(pair.First - pair.Second)) / largest, 0, bound);
    }
}
