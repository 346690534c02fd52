using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

[Trait("Category", "Parity")]
public sealed class EncoderParityTests
{
    private static readonly string[] Families = ["bert", "roberta", "distilbert"];

    public static TheoryData<string> Models => new(Directory.GetFiles(ParityFolder.File("text/models"), "*.json")
        .Select(file => Path.GetFileNameWithoutExtension(file)!)
        .Where(name => Families.Contains(Family(name)))
        .Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Models))]
    public void An_encoder_equals_the_reference(string file)
    {
        using SequenceGolden golden = new($"models/{file}");
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using TextNetwork network = Build(golden, new HeadSpec(HeadKind.None));
        CheckState(
            golden,
            network,
            golden.Root.GetProperty("body_state_dict"),
            golden.Root.GetProperty("param_count").GetProperty("body").GetInt64());
        golden.Fill(network);
        CheckFill(golden, network);
        foreach (JsonElement test in golden.Root.GetProperty("body_cases").EnumerateArray())
        {
            string id = test.GetProperty("id").GetString()!;
            using TokenInput inputs = Inputs(test.GetProperty("inputs"));
            Tensor hidden = network.ForwardHidden(inputs);
            golden.Check($"{id}: last hidden state", test.GetProperty("last_hidden_state"), hidden);
            if (test.TryGetProperty("pooler_output", out JsonElement pooled))
            {
                golden.Check($"{id}: pooler", pooled, network.Pool(hidden, inputs));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void The_heads_of_an_encoder_equal_the_reference(string file)
    {
        using SequenceGolden golden = new($"models/{file}");
        foreach (JsonElement head in golden.Root.GetProperty("heads").EnumerateArray())
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable guard = no_grad();
            string id = head.GetProperty("id").GetString()!;
            using TextNetwork network = Build(
                golden,
                Head(id, head.GetProperty("num_labels") is { ValueKind: JsonValueKind.Number } labels ? labels.GetInt32() : 2));
            JsonElement own = head.GetProperty("head_state_dict");
            string[] names = [.. own.EnumerateArray().Select(Line)];
            Assert.Equal(
                names.Order(StringComparer.Ordinal),
                Lines(network.State().Where(entry => network.IsInHead(entry.Key))).Order(StringComparer.Ordinal));
            Assert.Equal(head.GetProperty("param_count").GetInt64(), network.parameters().Sum(parameter => parameter.numel()));
            golden.Fill(network);
            using TokenInput inputs = Inputs(head.GetProperty("inputs"));
            Tensor logits = network.call(inputs);
            golden.Check($"{id}: logits", head.GetProperty("logits"), logits);
            golden.CheckNumbers($"{id}: loss", head.GetProperty("loss"), Loss(logits, head.GetProperty("labels")));
        }
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void A_checkpoint_s_other_names_are_known(string file)
    {
        using SequenceGolden golden = new($"models/{file}");
        using TextNetwork network = Build(golden, new HeadSpec(HeadKind.Vocabulary));
        Dictionary<string, string> tied = golden.Root
            .GetProperty("tied")
            .EnumerateObject()
            .ToDictionary(item => item.Name, item => item.Value.GetString()!);
        Assert.Equal(
            tied.OrderBy(pair => pair.Key, StringComparer.Ordinal), network.Tied.OrderBy(pair => pair.Key, StringComparer.Ordinal));
        Assert.All(
            golden.Root.GetProperty("ignored_in_checkpoints").EnumerateArray(),
            name => Assert.True(network.IsIgnored(name.GetString()!), name.GetString()));
        if (golden.Root.TryGetProperty("old_names", out JsonElement old) && network.CheckpointNames != KeyMap.Empty)
        {
            Assert.All(
                old.EnumerateObject(),
                name => Assert.Equal($"x.{name.Value.GetString()}", network.CheckpointNames.Apply($"x.{name.Name}")));
        }
    }

    internal static TokenInput Inputs(JsonElement inputs) => new(
        SequenceGolden.Ids(inputs.GetProperty("input_ids")),
        inputs.TryGetProperty("attention_mask", out JsonElement mask) ? SequenceGolden.Ids(mask) : null,
        inputs.TryGetProperty("token_type_ids", out JsonElement types) ? SequenceGolden.Ids(types) : null);

    internal static string Line(JsonElement entry) => $"{entry[0].GetString()} [{string.Join(",", SequenceGolden.Numbers(entry[1]))}]";

    internal static IEnumerable<string> Lines(IEnumerable<KeyValuePair<string, Tensor>> state)
        => state.Select(entry => $"{entry.Key} [{string.Join(",", entry.Value.shape)}]");

    private static string Family(string name)
    {
        using JsonDocument document = ParityFolder.Json($"text/models/{name}.json");
        return document.RootElement.GetProperty("family").GetString()!;
    }

    private static TextNetwork Build(SequenceGolden golden, HeadSpec head)
    {
        TextNetwork network = (TextNetwork)ConfigCatalog.Of(golden.Config).Build(golden.Config, head);
        network.eval();
        return network;
    }

    private static void CheckState(SequenceGolden golden, TextNetwork network, JsonElement listing, long count)
    {
        Assert.Equal(
            listing.EnumerateArray().Select(Line).Order(StringComparer.Ordinal), Lines(network.State()).Order(StringComparer.Ordinal));
        Assert.Equal(count, network.parameters().Sum(parameter => parameter.numel()));
        Assert.All(network.State(), entry => Assert.True(entry.Value.dtype == ScalarType.Float32, $"{golden.Name}: {entry.Key}"));
    }

    private static void CheckFill(SequenceGolden golden, TextNetwork network)
    {
        Dictionary<string, Tensor> byName = new(network.State());
        foreach (JsonElement check in golden.Root.GetProperty("fill_checks").EnumerateArray())
        {
            string name = check.GetProperty("name").GetString()!;
            if (byName.TryGetValue(name, out Tensor? tensor))
            {
                Assert.True(
                    check.GetProperty("word_checksum").GetString() == ParityFill.WordChecksum(NativeFloats.Of(tensor)),
                    $"{golden.Name}: fill of {name}");
            }
        }
    }

    private static HeadSpec Head(string id, int labels) => id switch
    {
        "sequence_classification" => new HeadSpec(HeadKind.Pooled, labels),
        "token_classification" => new HeadSpec(HeadKind.Tokens, labels),
        "question_answering" => new HeadSpec(HeadKind.Spans, 2),
        "masked_lm" => new HeadSpec(HeadKind.Vocabulary),
        _ => throw new InvalidDataException($"Unknown head '{id}'."),
    };

    private static double Loss(Tensor logits, JsonElement labels)
    {
        Tensor classes = labels[0].ValueKind == JsonValueKind.Array
            ? SequenceGolden.Ids(labels).flatten()
            : tensor(SequenceGolden.Numbers(labels));
        return nn.functional.cross_entropy(logits.reshape(-1, logits.size(-1)), classes).item<float>();
    }
}
