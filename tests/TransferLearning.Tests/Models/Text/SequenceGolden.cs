using System.Text.Json;
using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>Fills and comparisons of the goldens of texts and sounds (Fixtures/Parity/text/README.md and speech/README.md).</summary>
internal sealed class SequenceGolden : IDisposable
{
    private readonly JsonDocument _document;
    private readonly Lazy<ModelConfig> _config;
    private readonly Lazy<Dictionary<string, (string Name, string Kind)>> _fills;

    public SequenceGolden(string file, string folder = "text")
    {
        _document = ParityFolder.Json($"{folder}/{file}.json");
        Name = file;
        _config = new(() => ModelConfig.FromPairs(
            (Root.TryGetProperty("hf_config", out JsonElement config) ? config : Root.GetProperty("config")).EnumerateObject()
            .Select(item => KeyValuePair.Create(item.Name, (object?)item.Value)).Prepend(new("model_type", ModelType))));
        _fills = new(() => Root.GetProperty("state_dict").EnumerateArray().Where(row => row.GetArrayLength() > 4)
            .ToDictionary(row => row[4].GetString()!, row => (row[0].GetString()!, row[3].GetString()!)));
    }

    /// <summary>The name and the kind by which each parameter is filled, where it has another name in the network.</summary>
    public IReadOnlyDictionary<string, (string Name, string Kind)> Fills => _fills.Value;

    public string Name { get; }

    public JsonElement Root => _document.RootElement;

    public ModelConfig Config => _config.Value;

    public string Salt => Root.GetProperty("salt").GetString()!;

    private string ModelType => Root.TryGetProperty("family", out JsonElement family) ? family.GetString()! : "gpt2";

    public static torch.Tensor Ids(JsonElement rows)
    {
        long[][] numbers = [.. rows.EnumerateArray().Select(row => row.EnumerateArray().Select(number => number.GetInt64()).ToArray())];
        return torch.tensor([.. numbers.SelectMany(row => row)], [numbers.Length, numbers[0].Length]);
    }

    public static long[] Numbers(JsonElement numbers) => [.. numbers.EnumerateArray().Select(number => number.GetInt64())];

    public static TokenInput Inputs(JsonElement inputs) => new(
        Ids(inputs.GetProperty("input_ids")), inputs.TryGetProperty("attention_mask", out JsonElement mask) ? Ids(mask) : null)
    {
        DecoderIds = inputs.TryGetProperty("decoder_input_ids", out JsonElement decoder) ? Ids(decoder).DetachFromDisposeScope() : null,
    };

    /// <summary>Fills the network with the golden's own gains, or those of one of its blocks.</summary>
    public void Fill(Network network, JsonElement? block = null, IReadOnlyDictionary<string, (string Name, string Kind)>? names = null)
    {
        names ??= Root.TryGetProperty("state_dict", out _) ? Fills : new Dictionary<string, (string Name, string Kind)>();
        JsonElement rules = block ?? Root;
        double gain = rules.GetProperty("gain").GetDouble();
        Dictionary<string, double> overrides = rules
            .GetProperty("gain_overrides")
            .EnumerateObject()
            .ToDictionary(item => item.Name, item => item.Value.GetDouble());
        Dictionary<string, torch.Tensor> state = new(network.State());
        using IDisposable guard = torch.no_grad();
        foreach ((string own, torch.Tensor tensor) in state)
        {
            (string name, string kind) = names.TryGetValue(own, out (string Name, string Kind) known)
                ? known
                : (own, ParityFill.Kind(own, (int)tensor.dim(), isInteger: false));
            if (kind == "keep")
            {
                continue;
            }

            string? suffix = overrides.Keys.Where(name.EndsWith).OrderByDescending(key => key.Length).FirstOrDefault();
            ParityFill fill = new(Salt, suffix is null ? gain : overrides[suffix]);
            fill.Values(name, kind, tensor.shape).CopyTo(NativeFloats.Of(tensor));
        }

        if (rules.TryGetProperty("set_after_fill", out JsonElement set))
        {
            foreach (JsonElement item in set.EnumerateArray())
            {
                torch.Tensor tensor = state[item[0].GetString()!];
                long flat = Numbers(item[1]).Zip(tensor.stride(), (index, stride) => index * stride).Sum();
                NativeFloats.Of(tensor)[(int)flat] = (float)item[2].GetDouble();
            }
        }

        if (rules.TryGetProperty("multiply_row_after_fill", out JsonElement multiply))
        {
            foreach (JsonElement item in multiply.EnumerateArray())
            {
                using torch.Tensor row = state[item[0].GetString()!][item[1].GetInt64()];
                row.mul_((float)item[2].GetDouble());
            }
        }
    }

    public void CheckStateAndFill(TextNetwork network)
    {
        IReadOnlyList<KeyValuePair<string, torch.Tensor>> state = network.State();
        string[] expected =
        [
            .. Root
                .GetProperty("state_dict")
                .EnumerateArray()
                .Select(item => $"{item[0].GetString()} {item[1].GetRawText().Replace(" ", "", StringComparison.Ordinal)}")
        ];
        Assert.Equal(
            expected.Order(StringComparer.Ordinal),
            state.Select(item => $"{item.Key} [{string.Join(",", item.Value.shape)}]").Order(StringComparer.Ordinal));
        Assert.Equal(Root.GetProperty("param_count").GetInt64(), network.parameters().Sum(parameter => parameter.numel()));
        Dictionary<string, string> tied = Root
            .GetProperty("tied")
            .EnumerateObject()
            .ToDictionary(item => item.Name, item => item.Value.GetString()!);
        Assert.Equal(
            tied.OrderBy(pair => pair.Key, StringComparer.Ordinal), network.Tied.OrderBy(pair => pair.Key, StringComparer.Ordinal));
        Assert.All(
            Root.GetProperty("ignored_in_checkpoints").EnumerateArray(),
            name => Assert.True(network.IsIgnored(name.GetString()!.Replace(".N.", ".0.", StringComparison.Ordinal)), name.GetString()));
        Dictionary<string, torch.Tensor> byName = new(state);
        foreach (JsonElement check in Root.GetProperty("fill_checks").EnumerateArray())
        {
            string name = check.GetProperty("name").GetString()!;
            Assert.True(
                check.GetProperty("word_checksum").GetString() == ParityFill.WordChecksum(NativeFloats.Of(byName[name])),
                $"{Name}: fill of {name}");
        }
    }

    /// <summary>Compares a tensor with its record.</summary>
    public void Check(string what, JsonElement record, torch.Tensor found)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        Assert.Equal(Numbers(record.GetProperty("shape")), found.shape);
        torch.Tensor rows = found.to(torch.ScalarType.Float64).reshape(-1, found.size(-1)).contiguous();
        (double tolerance, double sumTolerance) = (
            record.GetProperty("tolerance").GetDouble(), record.GetProperty("sum_tolerance").GetDouble());
        JsonElement first = record.TryGetProperty("first16_f64", out JsonElement wide) ? wide : record.GetProperty("first8_f64");
        int at = 0;
        foreach (JsonElement number in record.GetProperty("rows").EnumerateArray())
        {
            double[] values = [.. rows[number.GetInt64()].data<double>()];
            double[] expected = ParityModel.Numbers(first[at]);
            for (int i = 0; i < expected.Length; i++)
            {
                Close($"{what}, row {number}, value {i}", expected[i], values[i], tolerance);
            }

            Close($"{what}, row {number}, sum", record.GetProperty("sum")[at].GetDouble(), values.Sum(), sumTolerance);
            if (record.TryGetProperty("top5", out JsonElement top) || record.TryGetProperty("top3", out top))
            {
                long[] best =
                [
                    .. values.Select((value, i) => (value, i)).OrderByDescending(pair => pair.value).Take(top[at].GetArrayLength())
                        .Select(pair => (long)pair.i)
                ];
                Assert.Equal(Numbers(top[at]), best);
            }

            at++;
        }
    }

    /// <summary>Compares what each layer gave with its row.</summary>
    public void CheckLayers(string what, JsonElement records, IReadOnlyList<torch.Tensor> found)
    {
        Assert.Equal(records.GetArrayLength(), found.Count);
        foreach (JsonElement record in records.EnumerateArray())
        {
            using DisposeScope scope = torch.NewDisposeScope();
            torch.Tensor layer = found[record[0].GetInt32()].to(torch.ScalarType.Float64);
            Assert.Equal(Numbers(record[1]), layer.shape);
            double size = record[3].GetDouble();
            Close($"{what} {record[0]}: mean of absolutes", size, layer.abs().mean().item<double>(), 1e-4 * size);
            double[] values = [.. layer[-1][1].contiguous().data<double>().Take(4)];
            for (int i = 0; i < 4; i++)
            {
                Close($"{what} {record[0]}: value {i}", record[4 + i].GetDouble(), values[i], 1e-4 * size);
            }
        }
    }

    public void CheckNumbers(string what, JsonElement record, params IReadOnlyList<double> found)
    {
        double[] expected = ParityModel.Numbers(record.GetProperty("f64"));
        double[] tolerance = ParityModel.Numbers(record.GetProperty("tolerance"));
        Assert.Equal(expected.Length, found.Count);
        for (int i = 0; i < expected.Length; i++)
        {
            Close($"{what} {i}", expected[i], found[i], tolerance[i]);
        }
    }

    public void Close(string what, double expected, double found, double tolerance)
        => Assert.True(Math.Abs(expected - found) <= tolerance, $"{Name}: {what} is {found}, expected {expected} within {tolerance}");

    public void Dispose() => _document.Dispose();
}
