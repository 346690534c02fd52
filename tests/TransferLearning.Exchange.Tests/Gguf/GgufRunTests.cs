namespace TransferLearning.Exchange.Tests;

/// <summary>Files of <c>ExportGguf</c>, run by llama.cpp.</summary>
public sealed class GgufRunTests
{
    private static readonly string[] Texts =
    [
        "The world in the morning, and another one.", "  two  spaces\nand a line\tend ", "don't we'll 1234 ... ?!", "naïve café Ünïcödé 世界 😀",
        "the<|endoftext|>end",
    ];

    public static TheoryData<GgmlType> Types => new(Enum.GetValues<GgmlType>());

    [Theory]
    [MemberData(nameof(Types))]
    public void Gpt2_gives_the_same_logits_in_llama_cpp(GgmlType type)
    {
        using TemporaryFolder folder = new();
        using TextModel model = TinyGguf.Model(folder.File("tokenizer"), "gpt2", new CausalLanguageModeling(), isTied: type != GgmlType.F16);
        model.ExportGguf(folder.File("m.gguf"), type);
        using LlamaRun run = new(folder.File("m.gguf"));
        int[] tokens = run.Tokens(Texts[0]);
        Console.WriteLine($"gpt2 {type} {Difference(TinyGguf.Run(model, tokens, model.Module.call), run.Logits(tokens))}");
    }

    [Theory]
    [CombinatorialTypes("bert", "roberta", "distilbert")]
    public void An_encoder_gives_the_same_vectors_in_llama_cpp(string architecture, GgmlType type)
    {
        foreach (string activation in new[] { "gelu", "gelu_new" })
        foreach (TextPooling pooling in Enum.GetValues<TextPooling>())
        {
            using TemporaryFolder folder = new();
            using TextModel model = TinyGguf.Model(folder.File("tokenizer"), architecture, new FeatureExtraction(), activation);
            GgufExportReport report = model.ExportGguf(folder.File("m.gguf"), type, pooling);
            Console.WriteLine(string.Join("\n", report.Notes));
            using LlamaRun run = new(folder.File("m.gguf"));
            int[] tokens = run.Tokens("the very good film was great.");
            float[] expected = TinyGguf.Run(
                model, tokens, input => TextNetwork.Embed(model.Module.ForwardHidden(input), input.Mask, pooling, normalize: false));
            Console.WriteLine($"{architecture} {type} {activation} {pooling} {Difference(expected, run.Vector(tokens, 32))}");
        }
    }

    [Fact]
    public void Classes()
    {
        foreach (string architecture in new[] { "bert", "roberta" })
        {
            using TemporaryFolder folder = new();
            using TextModel model = TinyGguf.Model(
                folder.File("tokenizer"), architecture, new Classification(3) { ClassNames = ["no", "perhaps", "yes"] });
            GgufExportReport report = model.ExportGguf(folder.File("m.gguf"), GgmlType.F32);
            using LlamaRun run = new(folder.File("m.gguf"));
            int[] tokens = run.Tokens("the very good film was great.");
            Console.WriteLine(string.Join(", ", run.Metadata.Select(e => $"{e.Key}={e.Value}")));
            Console.WriteLine($"{architecture} classes {Difference(TinyGguf.Run(model, tokens, model.Module.call), run.Vector(tokens, 3))}");
        }
    }

    [Fact]
    public void Tokens()
    {
        foreach (string architecture in new[] { "gpt2", "roberta", "bert" })
        {
            using TemporaryFolder folder = new();
            using TextModel model = TinyGguf.Model(folder.File("tokenizer"), architecture, new FeatureExtraction());
            GgufExportReport report = model.ExportGguf(folder.File("m.gguf"), GgmlType.F32);
            using LlamaRun run = new(folder.File("m.gguf"));
            foreach (string text in Texts)
            {
                Console.WriteLine($"{architecture} {text}\n {string.Join(",", model.Tokenizer.Encode(text).Ids)}\n {string.Join(",", run.Tokens(text))}");
            }
        }
    }

    private static double Difference(float[] expected, float[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        double largest = expected.Max(Math.Abs);
        return expected.Zip(found).Max(pair => Math.Abs(pair.First - pair.Second)) / largest;
    }

    private sealed class CombinatorialTypesAttribute(params string[] names) : Xunit.v3.DataAttribute
    {
        public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(
            System.Reflection.MethodInfo testMethod, Xunit.Sdk.DisposalTracker disposalTracker)
            => new([.. names.SelectMany(name => Enum.GetValues<GgmlType>().Select(type => new TheoryDataRow<string, GgmlType>(name, type)))]);

        public override bool SupportsDiscoveryEnumeration() => true;
    }
}
