using System.Text.Json;
using TorchSharp;

namespace TransferLearning.Tests;

[Trait("Category", "Parity")]
public sealed class ModelParityTests
{
    private const long MostQuickParameters = 15_000_000;

    public static TheoryData<string> Architectures
        => TinyNetworks.Marked(
            Directory
                .GetFiles(ParityFolder.File("models"), "*.json")
                .Select(file => Path.GetFileNameWithoutExtension(file)!)
                .Order(StringComparer.Ordinal),
            name => WeightTable.Of(name).All(entry => entry.Parameters <= MostQuickParameters));

    [Theory]
    [MemberData(nameof(Architectures))]
    public void Equals_the_reference(string architecture)
    {
        Assert.SkipUnless(
            ModelCatalog.Variants.Any(variant => variant.Name == architecture), $"{architecture} is not in the catalogue yet.");
        using JsonDocument golden = ParityFolder.Json($"models/{architecture}.json");
        Dictionary<string, (string Shape, string Type)>? first = null;
        foreach (JsonElement build in golden.RootElement.GetProperty("builds").EnumerateArray())
        {
            using DisposeScope scope = torch.NewDisposeScope();
            string place = $"{architecture}/{build.GetProperty("id").GetString()}";
            using ImageNetwork network = ParityModel.Build(architecture, build.GetProperty("kwargs"));
            IReadOnlyList<KeyValuePair<string, torch.Tensor>> state = network.State();
            CheckState(place, build, state, ref first);
            Assert.Equal(build.GetProperty("param_count").GetInt64(), network.parameters().Sum(parameter => parameter.numel()));
            Assert.Equal(build.GetProperty("head").GetString(), network.HeadNames[0]);
            ParityFill fill = ParityModel.Fill(golden.RootElement, build);
            fill.Fill(state);
            CheckFill(place, build, state);
            network.eval();
            foreach (JsonElement test in build.GetProperty("cases").EnumerateArray())
            {
                CheckCase(place, test, network, fill);
            }
        }
    }

    private static void CheckState(
        string place,
        JsonElement build,
        IReadOnlyList<KeyValuePair<string, torch.Tensor>> state,
        ref Dictionary<string, (string Shape, string Type)>? first)
    {
        List<string> found =
        [
            .. state.Select(entry => $"{entry.Key} [{string.Join(", ", entry.Value.shape)}] {ParityModel.TypeName(entry.Value.dtype)}")
        ];
        if (build.TryGetProperty("state_dict", out JsonElement listing))
        {
            List<string> expected = [.. listing.EnumerateArray().Select(Line)];
            Assert.Equal(expected, found);
            first ??= state.ToDictionary(
                entry => entry.Key, entry => ($"[{string.Join(", ", entry.Value.shape)}]", ParityModel.TypeName(entry.Value.dtype)));
            return;
        }

        JsonElement difference = build.GetProperty("state_dict_diff");
        Dictionary<string, string> expectedLines = first!.ToDictionary(
            entry => entry.Key, entry => $"{entry.Key} {entry.Value.Shape} {entry.Value.Type}");
        foreach (JsonElement removed in difference.GetProperty("removed").EnumerateArray())
        {
            Assert.True(expectedLines.Remove(removed.GetString()!), place);
        }

        foreach (JsonElement changed in difference.GetProperty("changed").EnumerateArray())
        {
            expectedLines[changed[0].GetString()!] = Line(changed);
        }

        Assert.Equal(expectedLines.Values.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
    }

    private static void CheckFill(string place, JsonElement build, IReadOnlyList<KeyValuePair<string, torch.Tensor>> state)
    {
        Dictionary<string, torch.Tensor> byName = new(state);
        foreach (JsonElement check in build.GetProperty("fill_checks").EnumerateArray())
        {
            string name = check.GetProperty("name").GetString()!;
            string found = byName[name].dtype == torch.ScalarType.Int64
                ? ParityFill.WordChecksum(byName[name].data<long>().ToArray())
                : ParityFill.WordChecksum(NativeFloats.Of(byName[name]));
            Assert.True(check.GetProperty("word_checksum").GetString() == found, $"{place}: fill of {name}");
        }

        foreach (JsonProperty kept in build.GetProperty("kept").EnumerateObject())
        {
            using torch.Tensor wide = byName[kept.Name].to(torch.ScalarType.Float64).flatten();
            using torch.Tensor sum = wide.sum();
            double expected = kept.Value.GetProperty("sum").GetDouble();
            Assert.True(
                Math.Abs(sum.item<double>() - expected) <= 1e-4 * Math.Max(1, Math.Abs(expected)),
                $"{place}: sum of {kept.Name} is {sum.item<double>()}, expected {expected}");
        }
    }

    private static void CheckCase(string place, JsonElement test, ImageNetwork network, ParityFill fill)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable inference = torch.no_grad();
        place += $"/{test.GetProperty("id").GetString()}";
        JsonElement input = test.GetProperty("input");
        torch.Tensor images = fill.Input(input.GetProperty("name").GetString()!, ParityModel.Shape(input.GetProperty("shape")));
        Assert.Equal(input.GetProperty("word_checksum").GetString(), ParityFill.WordChecksum(NativeFloats.Of(images)));
        torch.Tensor features = network.ForwardFeatures(images);
        torch.Tensor logits = network.Head.call(features);
        CheckNumbers($"{place}: features", test.GetProperty("features"), features.dim() == 4 ? features.mean([2, 3]) : features);
        CheckNumbers($"{place}: logits", test.GetProperty("logits"), logits);
        using torch.Tensor whole = network.call(images);
        Assert.True(
            (whole - logits).abs().max().item<float>() <= test.GetProperty("logits").GetProperty("tolerance").GetDouble(),
            $"{place}: the whole forward differs");
        torch.Tensor best = logits.topk(5).indexes;
        long[] expected =
        [
            .. test.GetProperty("top5").EnumerateArray().SelectMany(row => row.EnumerateArray().Select(index => index.GetInt64()))
        ];
        Assert.Equal(expected, best.flatten().data<long>().ToArray());
    }

    private static void CheckNumbers(string place, JsonElement golden, torch.Tensor found)
    {
        Assert.Equal(ParityModel.Shape(golden.GetProperty("shape")), found.shape);
        double tolerance = golden.GetProperty("tolerance").GetDouble();
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor wide = found.to(torch.ScalarType.Float64);
        int row = 0;
        foreach (JsonElement sample in golden.GetProperty("first16_f64").EnumerateArray())
        {
            double[] expected = ParityModel.Numbers(sample);
            double[] numbers = wide[row].flatten().cpu().data<double>().ToArray();
            for (int i = 0; i < expected.Length; i++)
            {
                Close($"{place}[{row}, {i}]", expected[i], numbers[i], tolerance);
            }

            Close(
                $"{place} sum of {row}", golden.GetProperty("sum")[row].GetDouble(), numbers.Sum(), tolerance * Math.Sqrt(numbers.Length));
            row++;
        }

        Close($"{place} mean", golden.GetProperty("mean").GetDouble(), wide.mean().item<double>(), tolerance);
        Close($"{place} std", golden.GetProperty("std").GetDouble(), wide.std(unbiased: false).item<double>(), tolerance);
        Close($"{place} absmax", golden.GetProperty("absmax").GetDouble(), wide.abs().max().item<double>(), tolerance);
    }

    private static void Close(string place, double expected, double found, double tolerance)
        => Assert.True(
            Math.Abs(expected - found) <= tolerance, $"{place}: expected {expected:G10}, found {found:G10}, tolerance {tolerance:G3}");

    private static string Line(JsonElement entry)
        => $"{entry[0].GetString()} [{string.Join(", ", ParityModel.Shape(entry[1]))}] {entry[2].GetString()}";
}
