using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Every number of the goldens of attributions and of deletion and insertion curves, in float32 and in float64.</summary>
[Trait("Category", "Parity")]
public sealed class AttributionParityTests
{
    private const double LargestFlip = 0.02;

    private static readonly string[] AttributionFields =
    [
        "id", "model", "size", "classes", "target", "input", "plus", "layers", "ig_steps", "ig_baselines", "smoothgrad", "occlusion",
        "gain", "input_check", "expected", "left_out", "samples",
    ];

    private static readonly string[] CurveFields =
    [
        "id", "model", "size", "classes", "target", "input", "map", "baseline", "pixels_per_step", "gain", "first_pixels", "expected",
    ];

    private static readonly ExplanationWork Work = new();

    public static TheoryData<string, ScalarType> Attributions => Cases("attributions.json");

    public static TheoryData<string, ScalarType> Curves => Cases("curves.json");

    [Theory]
    [MemberData(nameof(Attributions))]
    public void Attributions_are_the_published_ones(string id, ScalarType type)
    {
        using JsonDocument file = Read("attributions.json", "parity-attributions/1");
        JsonElement golden = Case(file, id, AttributionFields);
        using DisposeScope scope = NewDisposeScope();
        using ImageNetwork network = Network(file, golden, type, out ParityFill fill);
        ScoredInput input = Input(network, golden, fill, type);
        Dictionary<string, Tensor> found = [];
        OfPixels(input, golden, fill, found);
        foreach (JsonElement layer in golden.GetProperty("layers").EnumerateArray())
        {
            OfLayer(input, golden, layer[0].GetString()!, found);
        }

        if (golden.GetProperty("model").GetString()!.StartsWith("vit", StringComparison.Ordinal))
        {
            OfAttention(input, found);
        }

        Compare(golden, found, type, [.. golden.GetProperty("left_out").EnumerateArray().Select(name => name.GetString()!)]);
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void Deletion_and_insertion_curves_are_the_published_ones(string id, ScalarType type)
    {
        using JsonDocument file = Read("curves.json", "parity-curves/1");
        JsonElement golden = Case(file, id, CurveFields);
        using DisposeScope scope = NewDisposeScope();
        using ImageNetwork network = Network(file, golden, type, out ParityFill fill);
        ScoredInput input = Input(network, golden, fill, type);
        long[] size = ParityModel.Shape(golden.GetProperty("size"));
        double[] cells = [.. fill.Values($"map:{id}", "unit", size).Select(cell => (double)cell)];
        double[] numbers = golden.GetProperty("map").GetString()! switch
        {
            "random" => cells,
            "coarse" => [.. cells.Select(cell => Math.Floor(4 * cell))],
            "constant" => new double[cells.Length],
            { } other => throw new InvalidDataException($"Unknown map '{other}'."),
        };
        AttributionMap map = new((int)size[0], (int)size[1], numbers);
        int[] first = [.. golden.GetProperty("first_pixels").EnumerateArray().Select(pixel => pixel.GetInt32())];
        Assert.Equal(first, map.Ranking().Take(first.Length));
        PerturbationOptions options = new()
        {
            PixelsPerStep = golden.GetProperty("pixels_per_step").GetInt32(),
            BatchSize = 5,
            Baseline = golden.GetProperty("baseline").GetString()! switch
            {
                "zero" => Baseline.Zero,
                "mean" => Baseline.ChannelMean,
                { } other => throw new InvalidDataException($"Unknown baseline '{other}'."),
            },
        };
        PerturbationCurve deletion = PerturbationCurve.Measure(input, map, options, deletes: true, Work);
        PerturbationCurve insertion = PerturbationCurve.Measure(input, map, options, deletes: false, Work);
        Dictionary<string, Tensor> found = new()
        {
            ["deletion_curve"] = tensor(deletion.Probabilities.ToArray()),
            ["deletion_auc"] = tensor(deletion.Area),
            ["insertion_curve"] = tensor(insertion.Probabilities.ToArray()),
            ["insertion_auc"] = tensor(insertion.Area),
        };
        Compare(golden, found, type, []);
    }

    private static void OfPixels(ScoredInput input, JsonElement golden, ParityFill fill, Dictionary<string, Tensor> found)
    {
        string id = golden.GetProperty("id").GetString()!;
        found["logits"] = tensor(input.Outputs());
        Tensor gradient = new Saliency().Compute(input, Work).Values;
        found["gradient"] = gradient;
        found["saliency"] = tensor(Attribution(input, new Saliency()).Map.Values.ToArray(), Places(input));
        found["gradient_x_input"] = new GradientTimesInput().Compute(input, Work).Values;
        foreach (string name in golden.GetProperty("ig_baselines").EnumerateArray().Select(baseline => baseline.GetString()!))
        {
            IntegratedGradients method = new()
            {
                Steps = golden.GetProperty("ig_steps").GetInt32(),
                BatchSize = 5,
                Baseline = name switch
                {
                    "zero" => null,
                    "given" => Baseline.Of([.. fill.Values($"baseline:{id}", "unit", input.Values.shape).Select(cell => cell * 0.5f)]),
                    _ => throw new InvalidDataException($"Unknown baseline '{name}'."),
                },
            };
            ImageAttribution attribution = Attribution(input, method);
            found[$"ig_{name}"] = tensor(attribution.Values.ToArray(), [.. attribution.Shape]);
            found[$"ig_{name}_sum"] = tensor(attribution.Values.Sum());
            found[$"ig_{name}_score_difference"] = tensor(attribution.ScoreDifference!.Value);
            found[$"ig_{name}_completeness_gap"] = tensor(attribution.CompletenessGap!.Value);
        }

        if (golden.TryGetProperty("smoothgrad", out JsonElement smooth))
        {
            int samples = smooth.GetProperty("samples").GetInt32();
            using Tensor noise = tensor(fill.Values($"noise:{id}", "unit", [samples, .. input.Values.shape.Skip(1)]))
                .view([samples, .. input.Values.shape.Skip(1)]).to(input.Values.dtype).mul((float)smooth.GetProperty("sigma").GetDouble());
            foreach ((string name, SmoothGradAverage average) in new[]
            {
                ("smoothgrad", SmoothGradAverage.Gradients), ("smoothgrad_squared", SmoothGradAverage.Squares),
                ("smoothgrad_absolute", SmoothGradAverage.AbsoluteValues),
            })
            {
                SmoothGrad method = new() { Samples = samples, Averages = average, BatchSize = 3 };
                found[name] = method.Compute(input, Work, (first, size) => noise.narrow(0, first, size)).Values;
            }
        }

        JsonElement[] occlusions = golden.TryGetProperty("occlusion", out JsonElement all) ? [.. all.EnumerateArray()] : [];
        for (int i = 0; i < occlusions.Length; i++)
        {
            ImageAttribution attribution = Attribution(input, new Occlusion
            {
                Window = Size(occlusions[i].GetProperty("window")),
                Stride = Size(occlusions[i].GetProperty("stride")),
                Fill = Baseline.Color(ParityModel.Numbers(occlusions[i].GetProperty("fill"))),
                BatchSize = 7,
            });
            found[$"occlusion_{i}_grid"] = tensor(attribution.Grid!.Values.ToArray(), [attribution.Grid.Height, attribution.Grid.Width]);
            found[$"occlusion_{i}_map"] = tensor(attribution.Map.Values.ToArray(), Places(input));
        }
    }

    private static void OfLayer(ScoredInput input, JsonElement golden, string layer, Dictionary<string, Tensor> found)
    {
        (_, Tensor activation, Tensor gradient) = StageSearch.Find(input, layer);
        found[$"{layer}/activation"] = activation;
        found[$"{layer}/gradient"] = gradient;
        found[$"{layer}/grad_cam_weights"] = GradCam.Weights(gradient);
        List<(string Name, ClassActivationMap Method)> methods =
            [("grad_cam", new GradCam { Stage = layer }), ("hires_cam", new HiResCam { Stage = layer })];
        if (golden.GetProperty("plus").GetBoolean())
        {
            found[$"{layer}/grad_cam_pp_weights"] = GradCamPlusPlus.Weights(activation, gradient);
            methods.Add(("grad_cam_pp", new GradCamPlusPlus { Stage = layer }));
        }

        foreach ((string name, ClassActivationMap method) in methods)
        {
            ImageAttribution attribution = Attribution(input, method);
            found[$"{layer}/{name}_raw"] = tensor(attribution.Grid!.Values.ToArray(), [attribution.Grid.Height, attribution.Grid.Width]);
            found[$"{layer}/{name}_upsampled"] = tensor(attribution.Map.Values.ToArray(), Places(input));
            found[$"{layer}/{name}_normalised"] = tensor(attribution.Map.Normalized().Values.ToArray(), Places(input));
        }
    }

    private static void OfAttention(ScoredInput input, Dictionary<string, Tensor> found)
    {
        AttentionRollout method = new();
        IReadOnlyList<Tensor> layers = AttentionRollout.Layers(input);
        found["rollout_first_layer_attention"] = layers[0];
        found["rollout_last_layer_matrix"] = method.Mixed(layers[^1]);
        found["rollout_matrix"] = method.Product(layers);
        found["rollout_class_map"] = method.Compute(input, Work).Grid!;
    }

    private static ImageAttribution Attribution(ScoredInput input, AttributionMethod method)
    {
        float[] values = [.. input.Values.to(ScalarType.Float32).data<float>()];
        return new ImageAttribution(
            new ExplainedScore("golden", input.Target, "", 0, null), method, method.Compute(input, Work), values, ([0, 0, 0], [1, 1, 1]));
    }

    private static ImageNetwork Network(JsonDocument file, JsonElement golden, ScalarType type, out ParityFill fill)
    {
        string model = golden.GetProperty("model").GetString()!;
        long[] size = ParityModel.Shape(golden.GetProperty("size"));
        ImageNetwork network = TinyParityNetworks.Build(model, golden.GetProperty("classes").GetInt32(), (int)size[0], (int)size[1]);
        fill = new ParityFill(file.RootElement.GetProperty("salt").GetString()!, golden.GetProperty("gain").GetDouble());
        fill.Fill(network.State());
        TinyParityNetworks.AfterFill(model, network);
        network.eval();
        network.to(type);
        return network;
    }

    private static ScoredInput Input(ImageNetwork network, JsonElement golden, ParityFill fill, ScalarType type)
    {
        long[] shape = [1, 3, .. ParityModel.Shape(golden.GetProperty("size"))];
        bool isZero = golden.TryGetProperty("input", out JsonElement kind)
            && (kind.GetString() == "zero" ? true : throw new InvalidDataException($"Unknown input '{kind}'."));
        Tensor image = isZero ? zeros(shape) : fill.Input($"attr:{golden.GetProperty("id").GetString()}", shape);
        if (golden.TryGetProperty("input_check", out JsonElement check))
        {
            Assert.Equal(check.GetString(), ParityFill.WordChecksum(NativeFloats.Of(image)));
        }

        ScoredInput input = ImageExplanation.InputOf(network, Device.Cpu, image.to(type));
        input.Target = golden.GetProperty("target").GetInt32();
        return input;
    }

    private static void Compare(JsonElement golden, Dictionary<string, Tensor> found, ScalarType type, HashSet<string> leftOut)
    {
        List<string> faults = [];
        JsonElement expected = golden.GetProperty("expected");
        foreach (JsonProperty quantity in expected.EnumerateObject())
        {
            if (!found.TryGetValue(quantity.Name, out Tensor? mine))
            {
                faults.Add($"{quantity.Name} is unknown");
                continue;
            }

            // The pixels of a map that was stretched from a grid are no more independent than the grid's places.
            string grid = quantity.Name.Replace("_upsampled", "_raw", StringComparison.Ordinal)
                .Replace("_normalised", "_raw", StringComparison.Ordinal).Replace("_map", "_grid", StringComparison.Ordinal);
            long independent = found.TryGetValue(grid, out Tensor? places) ? places.numel() : mine.numel();
            string[] own = [.. Faults(quantity.Name, quantity.Value, mine, type, independent)];

            // Of the half a million units of a deep network one may lie within rounding of 0, and then its gradient is there or not:
            // in float32 a map may differ by a unit, in float64 it may not.
            bool mayFlip = type == ScalarType.Float32 && golden.GetProperty("model").GetString() == "resnet18";
            faults.AddRange(mayFlip && RelativeDistance(quantity.Value, mine) <= LargestFlip ? [] : own);
        }

        faults.AddRange(found.Keys.Where(name => !expected.TryGetProperty(name, out _) && !leftOut.Contains(name))
            .Select(name => $"{name} is not in the golden"));
        Assert.Empty(faults);
    }

    private static double RelativeDistance(JsonElement quantity, Tensor mine)
    {
        if (quantity.GetProperty("f64") is not { ValueKind: JsonValueKind.Array } array)
        {
            return double.PositiveInfinity;
        }

        double[] values = ScoredInput.ToArray(mine), wanted = ParityModel.Numbers(array);
        long[] shape = quantity.TryGetProperty("shape", out JsonElement sizes) ? ParityModel.Shape(sizes) : [];
        long[] places = quantity.TryGetProperty("at", out JsonElement at)
            ? [.. at.EnumerateArray().Select(place => place.GetInt64())]
            : [.. Enumerable.Range(0, wanted.Length).Select(place => (long)place)];
        return shape.SequenceEqual(mine.shape)
            ? Math.Sqrt(wanted.Select((value, i) => Math.Pow(values[places[i]] - value, 2)).Sum() / wanted.Sum(value => value * value))
            : double.PositiveInfinity;
    }

    private static IEnumerable<string> Faults(string name, JsonElement quantity, Tensor mine, ScalarType type, long independent)
    {
        double[] values = ScoredInput.ToArray(mine);
        double[] wanted = quantity.GetProperty("f64") is { ValueKind: JsonValueKind.Array } array
            ? ParityModel.Numbers(array) : [quantity.GetProperty("f64").GetDouble()];
        int[] places = quantity.TryGetProperty("at", out JsonElement at)
            ? [.. at.EnumerateArray().Select(place => place.GetInt32())] : [.. Enumerable.Range(0, wanted.Length)];
        long[] shape = quantity.TryGetProperty("shape", out JsonElement sizes) ? ParityModel.Shape(sizes) : [];
        if (!shape.SequenceEqual(mine.shape))
        {
            yield return $"{name} has the shape [{string.Join(", ", mine.shape)}], expected [{string.Join(", ", shape)}]";
            yield break;
        }

        double stated = quantity.GetProperty("tolerance").GetDouble();
        double largest = wanted.Max(Math.Abs);
        double tolerance = type == ScalarType.Float32 ? stated : Math.Max(1e-8 * largest, 1e-4 * stated);
        for (int i = 0; i < places.Length; i++)
        {
            if (!(Math.Abs(values[places[i]] - wanted[i]) <= tolerance))
            {
                yield return $"{name}[{places[i]}] is {values[places[i]]:R}, expected {wanted[i]:R} within {tolerance:R}";
                yield break;
            }
        }

        double wide = tolerance * values.Length / Math.Sqrt(independent);
        if (quantity.TryGetProperty("sum", out JsonElement sum) && !(Math.Abs(values.Sum() - sum.GetDouble()) <= wide))
        {
            yield return $"the sum of {name} is {values.Sum():R}, expected {sum.GetDouble():R} within {wide:R}";
        }

        double length = Math.Sqrt(values.Sum(value => value * value));
        if (quantity.TryGetProperty("l2", out JsonElement l2) && !(Math.Abs(length - l2.GetDouble()) <= wide))
        {
            yield return $"the length of {name} is {length:R}, expected {l2.GetDouble():R} within {wide:R}";
        }
    }

    private static long[] Places(ScoredInput input) => [input.Values.size(2), input.Values.size(3)];

    private static PixelSize Size(JsonElement pair) => new(pair[0].GetInt32(), pair[1].GetInt32());

    private static TheoryData<string, ScalarType> Cases(string name)
    {
        using JsonDocument file = ParityFolder.Json($"understand/{name}");
        TheoryData<string, ScalarType> cases = [];
        foreach (JsonElement golden in file.RootElement.GetProperty("cases").EnumerateArray())
        {
            cases.Add(golden.GetProperty("id").GetString()!, ScalarType.Float32);
            cases.Add(golden.GetProperty("id").GetString()!, ScalarType.Float64);
        }

        return cases;
    }

    private static JsonDocument Read(string name, string schema)
    {
        JsonDocument file = ParityFolder.Json($"understand/{name}");
        Assert.Equal(schema, file.RootElement.GetProperty("schema").GetString());
        return file;
    }

    private static JsonElement Case(JsonDocument file, string id, string[] fields)
    {
        JsonElement golden = file.RootElement.GetProperty("cases").EnumerateArray().First(one => one.GetProperty("id").GetString() == id);
        Assert.Empty(golden.EnumerateObject().Select(field => field.Name).Except(fields));
        return golden;
    }
}
