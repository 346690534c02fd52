using System.Text.Json;
using TorchSharp;
using TransferLearning.Layers;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>A case of the adapters' golden as the library's own layers and branches compute it.</summary>
internal sealed class AdapterCase : IDisposable
{
    private readonly JsonElement _golden;
    private readonly GoldenNumbers _numbers;
    private readonly ParityFill _fill;
    private readonly nn.Module _module;

    public AdapterCase(JsonElement root, JsonElement golden, ScalarType type)
    {
        _golden = golden;
        string salt = root.GetProperty("salt").GetString()!;
        (_numbers, _fill) = (new GoldenNumbers(salt), new ParityFill(salt, root.GetProperty("gain").GetDouble()));
        (_module, Forward, Func<string, string> naming) = golden.GetProperty("adapter").GetString() switch
        {
            "lora_linear" or "rslora_linear" or "lora_linear_fan_in_fan_out" or "lora_conv2d" or "dora_linear" => OfLayer(Lora()),
            "ia3_linear" => OfLayer(new Ia3Options
            {
                Targets = ["base"],
                FeedForwardTargets = golden.GetProperty("feedforward").GetBoolean() ? ["base"] : [],
            }),
            "bitfit_block" => OfBlock(null),
            "bottleneck_houlsby" => OfBlock(BottleneckForm.Houlsby),
            "bottleneck_pfeiffer" => OfBlock(BottleneckForm.Pfeiffer),
            "prefix_tuning" => OfAttention(),
            string other => throw new InvalidDataException($"The adapter '{other}' is unknown."),
            null => throw new InvalidDataException("A case has no adapter."),
        };
        _module.to(type);
        Dictionary<string, Tensor> state = ModuleState.Of(_module).ToDictionary(entry => entry.Key, entry => entry.Value);
        Parameters = [];
        using IDisposable guard = no_grad();
        foreach (JsonElement parameter in golden.GetProperty("parameters").EnumerateArray())
        {
            string name = parameter[0].GetString()!;
            long[] shape = [.. parameter[1].EnumerateArray().Select(size => size.GetInt64())];
            Tensor own = state[naming(name)];
            own.copy_(Start(name, shape).view(own.shape));
            Parameters.Add(name, (own, shape));
        }
    }

    /// <summary>Runs it.</summary>
    public Func<Tensor, Tensor> Forward { get; }

    /// <summary>The network's own parameters and the golden's shapes, by the golden's names.</summary>
    public Dictionary<string, (Tensor Own, long[] Shape)> Parameters { get; }

    /// <summary>The parameters that are trained, by the golden's names.</summary>
    public IReadOnlyList<(string Name, Tensor Parameter)> Train()
    {
        string[] trained = [.. _golden.GetProperty("trained").EnumerateArray().Select(name => name.GetString()!)];
        foreach (TorchSharp.Modules.Parameter parameter in _module.parameters())
        {
            parameter.requires_grad = false;
        }

        return [.. trained.Select(name => (name, Parameters[name].Own.requires_grad_(true)))];
    }

    /// <summary>What the layer's weight or bias is with the adapter folded in.</summary>
    public Tensor Merged(string name) => AdapterPlan.Merged((Network)_module).First(entry => entry.Key == $"base.{name}").Value;

    public Tensor Numbers(string kind, string key) => _numbers.Centred($"adapter:{kind}:{Id}", Sizes(key));

    public void Dispose() => _module.Dispose();

    private string Id => _golden.GetProperty("id").GetString()!;

    private long[] Sizes(string key) => [.. _golden.GetProperty(key).EnumerateArray().Select(size => size.GetInt64())];

    private long[] Shape(string parameter) =>
        [.. _golden.GetProperty("parameters").EnumerateArray().First(entry => entry[0].GetString() == parameter)[1].EnumerateArray()
            .Select(size => size.GetInt64())];

    private Tensor Start(string name, long[] shape)
    {
        string full = $"{Id}.{name}";
        if (_golden.TryGetProperty("zero", out JsonElement zeros) && zeros.EnumerateArray().Any(zero => zero.GetString() == name))
        {
            return torch.zeros(shape, float64);
        }

        return name switch
        {
            "ia3_l" => _numbers.Centred(full, shape).mul(0.5).add(1),
            "prefix_key" or "prefix_value" => _numbers.Centred(full, shape),
            "magnitude" => Start("base.weight", Shape("base.weight")).square().sum(1).sqrt().to(float32).to(float64),
            _ => tensor(_fill.Values(full, ParityFill.Kind(full, shape.Length, false), shape), shape).to(float64),
        };
    }

    private LoraOptions Lora()
    {
        bool isDora = _golden.GetProperty("adapter").GetString() == "dora_linear";
        return new LoraOptions
        {
            Rank = _golden.GetProperty("r").GetInt32(),
            Alpha = _golden.GetProperty("alpha").GetDouble(),
            Targets = ["base"],
            UsesRankStabilizedScale = _golden.GetProperty("adapter").GetString() == "rslora_linear",
            UsesDora = isDora,
            DetachesNorm = !isDora || _golden.GetProperty("norm_detached").GetBoolean(),
        };
    }

    private (nn.Module Module, Func<Tensor, Tensor> Forward, Func<string, string> Naming) OfLayer(AdapterOptions options)
    {
        long[] shape = Shape("base.weight");
        WeightLayer layer = _golden.GetProperty("adapter").GetString() switch
        {
            "lora_conv2d" => new Conv2d(
                shape[1], shape[0], _golden.GetProperty("kernel").GetInt64(), _golden.GetProperty("stride").GetInt64(),
                _golden.GetProperty("padding").GetInt64(), bias: true),
            "lora_linear_fan_in_fan_out" => new TransposedLinear(shape[0], shape[1]),
            _ => new Linear(shape[1], shape[0]),
        };
        LayerNetwork network = new(layer);
        AdapterPlan.Attach(network, options, 1);
        return (network, layer.call, name => name switch
        {
            "magnitude" => "base.lora_magnitude_vector.weight",
            "ia3_l" => "base.ia3_l.weight",
            _ when name.StartsWith("lora_", StringComparison.Ordinal) => $"base.{name}",
            _ => name,
        });
    }

    // The one layer of a real BERT.
    private (nn.Module Module, Func<Tensor, Tensor> Forward, Func<string, string> Naming) OfBlock(BottleneckForm? form)
    {
        long[] inner = Shape("intermediate.dense.weight");
        ModelConfig config = ModelConfig.FromPairs(new Dictionary<string, object?>
        {
            ["model_type"] = "bert",
            ["vocab_size"] = 4,
            ["hidden_size"] = inner[1],
            ["num_hidden_layers"] = 1,
            ["num_attention_heads"] = _golden.GetProperty("heads").GetInt32(),
            ["intermediate_size"] = inner[0],
            ["max_position_embeddings"] = 8,
            ["layer_norm_eps"] = _golden.GetProperty("layer_norm_eps").GetDouble(),
            ["hidden_dropout_prob"] = 0,
            ["attention_probs_dropout_prob"] = 0,
        });
        Network network = ConfigCatalog.Of(config).Build(config, new HeadSpec(HeadKind.None));
        if (form is { } bottleneck)
        {
            AdapterPlan.Attach(
                network,
                new BottleneckOptions { Form = bottleneck, Width = (int)Shape("output_adapter.down.weight")[0] },
                1);
        }

        TransformerLayer layer = network.modules().OfType<TransformerLayer>().Single();
        return (
            network,
            input => layer.Run(input, mask: null),
            name => "bert.encoder.layer.0." + (
                name.StartsWith("attention.", StringComparison.Ordinal) && !name.StartsWith("attention.output.", StringComparison.Ordinal)
                    ? $"attention.self.{name["attention.".Length..]}"
                    : name));
    }

    // Attention whose output layer hands on what it is given.
    private (nn.Module Module, Func<Tensor, Tensor> Forward, Func<string, string> Naming) OfAttention()
    {
        long width = Shape("attention.query.weight")[0];
        long[] prefix = Shape("prefix_key");
        long heads = _golden.GetProperty("heads").GetInt64();
        ModuleTree tree = new("tree");
        WeightLayer query = tree.Put<WeightLayer>("attention.query", new Linear(width, width));
        WeightLayer key = tree.Put<WeightLayer>("attention.key", new Linear(width, width));
        WeightLayer value = tree.Put<WeightLayer>("attention.value", new Linear(width, width));
        Linear output = tree.Put("output", new Linear(width, width, bias: false));
        PrefixBranch branch = new(heads, prefix[1], prefix[2]);
        foreach ((string name, nn.Module module) in branch.Modules)
        {
            tree.Put(name, module);
        }

        using (no_grad())
        {
            output.Weight.copy_(eye(width));
        }

        MultiHeadAttention attention = new(
            query, key, value, null, output,
            new TransformerLayerOptions
            {
                Names = [],
                Width = width,
                Inner = width,
                Heads = heads,
                Activation = x => x,
                Norm = () => new LayerNorm(width),
                IsCausal = _golden.GetProperty("causal").GetBoolean(),
            },
            new Dropout(0), () => branch);
        return (
            tree,
            input => attention.ToItself(input, mask: null, cache: null),
            name => name.StartsWith("prefix_", StringComparison.Ordinal) ? $"{name}.weight" : name);
    }
}
