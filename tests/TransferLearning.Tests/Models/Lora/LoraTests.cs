using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class LoraTests
{
    [Fact]
    public void Weights_beside_convolutions_compute_what_they_merge_to()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using ImageNetwork network = Network();
        Tensor images = rand([2, 3, 32, 32], generator: new Generator(3));
        Tensor plain = network.call(images);
        AdapterPlan.Attach(network, new LoraOptions { Rank = 2, Targets = ["conv1", "linear"] }, 1);
        Assert.Equal(plain.data<float>().ToArray(), network.call(images).data<float>().ToArray());
        Disturb(network);
        Tensor changed = network.call(images);
        Assert.True((changed - plain).abs().max().item<float>() > 1e-2f);
        Dictionary<string, Tensor> merged = new(AdapterPlan.Merged(network));
        AdapterPlan.Merge(network);
        Assert.DoesNotContain(network.State(), entry => AdapterPlan.IsAdapterWeight(entry.Key));
        Assert.All(network.State(), entry => Assert.Equal(entry.Value.shape, merged[entry.Key].shape));
        Assert.True((network.call(images) - changed).abs().max().item<float>() < 1e-3f * changed.abs().max().item<float>());
    }

    [Fact]
    public void The_optimized_form_has_the_weights_too()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using Conv2d convolution = new(3, 4, 3, padding: 1);
        LayerInitializers.Default(convolution, new Generator(1));
        LoraBranch branch = new(convolution, 2, 0.5, 0, hasBias: true);
        convolution.Branches.Put(new AdapterChoice { Used = AdapterChoice.Unnamed }, AdapterChoice.Unnamed, branch);
        foreach (TorchSharp.Modules.Parameter parameter in convolution.parameters())
        {
            parameter.uniform_(-1, 1, new Generator(2));
        }

        Tensor input = rand([1, 3, 8, 8], generator: new Generator(4));
        (Tensor weight, Tensor bias) = FoldedWeights.Of(convolution, null);
        Tensor folded = nn.functional.conv2d(input, weight, bias, padding: [1, 1]);
        Assert.True((folded - convolution.call(input)).abs().max().item<float>() < 1e-4f);
    }

    [Fact]
    public void Removing_the_weights_gives_the_network_back()
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using ImageNetwork network = Network();
        float[] before = Numbers(network);
        AdapterPlan.Attach(network, new LoraOptions { Targets = ["conv2"] }, 1);
        Disturb(network);
        AdapterPlan.Remove(network);
        Assert.Equal(before, Numbers(network));
    }

    [Fact]
    public void Patterns_and_block_numbers_choose_layers_ranks_and_scales()
    {
        using DisposeScope scope = NewDisposeScope();
        using TextNetwork network = TinyDecoders.Build(TinyText.Config(), new HeadSpec(HeadKind.None));
        AdapterPlan.Attach(
            network,
            new LoraOptions
            {
                Rank = 4,
                Alpha = 8,
                Targets = ["query", "value"],
                LayersToTransform = [1],
                RankPattern = new Dictionary<string, int> { ["value"] = 2 },
                AlphaPattern = new Dictionary<string, double> { [@"layer\.\d+\.attention\.self\.query"] = 64 },
                UsesRankStabilizedScale = true,
            },
            1);
        Dictionary<string, long[]> shapes = network
            .State()
            .Where(entry => AdapterPlan.IsAdapterWeight(entry.Key))
            .ToDictionary(entry => entry.Key, entry => entry.Value.shape);
        const string layer = "bert.encoder.layer.1.attention.self.";
        Assert.Equal(
            [$"{layer}query.lora_A.weight", $"{layer}query.lora_B.weight", $"{layer}value.lora_A.weight", $"{layer}value.lora_B.weight"],
            shapes.Keys);
        Assert.Equal([4, 32], shapes[$"{layer}query.lora_A.weight"]);
        Assert.Equal([32, 2], shapes[$"{layer}value.lora_B.weight"]);
        Assert.Equal(4 * 64 / Math.Sqrt(4), Change("query"), 3);
        Assert.Equal(2 * 8 / Math.Sqrt(2), Change("value"), 3);

        // With A and B all ones every weight changes by rank times scale.
        double Change(string name)
        {
            using IDisposable guard = no_grad();
            Dictionary<string, Tensor> state = new(network.State());
            state[$"{layer}{name}.lora_A.weight"].fill_(1);
            state[$"{layer}{name}.lora_B.weight"].fill_(1);
            Tensor merged = AdapterPlan.Merged(network).First(entry => entry.Key == $"{layer}{name}.weight").Value;
            return (merged - state[$"{layer}{name}.weight"]).mean().item<float>();
        }
    }

    [Fact]
    public void What_no_layer_is_called_and_what_cannot_have_them_is_refused_by_name()
    {
        using ImageNetwork network = Network();
        Assert.Contains(
            "linear",
            Assert.Throws<ArgumentException>(() => AdapterPlan.Attach(network, new LoraOptions { Targets = ["nothing"] }, 0)).Message,
            StringComparison.Ordinal);
        using ImageNetwork foreign = ForeignLayers.Network(10);
        string message = Assert.Throws<ArgumentException>(
            () => AdapterPlan.Attach(foreign, new LoraOptions { Targets = ["stem"] }, 0)).Message;
        Assert.Contains("'stem'", message, StringComparison.Ordinal);
        Assert.Contains("TorchSharp.Modules.Conv2d", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("use_qalora", "true")]
    [InlineData("bias", "\"all\"")]
    [InlineData("init_lora_weights", "\"pissa\"")]
    [InlineData("layer_replication", "[[0, 1]]")]
    [InlineData("rank_pattern", "{\"query\": 0}")]
    [InlineData("peft_type", "\"ADALORA\"")]
    public void What_an_adapter_asks_for_and_the_library_lacks_is_refused_by_name(string key, string value)
    {
        ModelConfig config = ModelConfig.FromJson($$"""{"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ["query"], "{{key}}": {{value}}}""");
        Assert.Contains($"'{key}'", Assert.Throws<InvalidDataException>(() => PeftConfig.Read(config)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_adapter_s_options_come_back_as_they_were_written()
    {
        LoraOptions options = new()
        {
            Rank = 3,
            Alpha = 5,
            Dropout = 0.25,
            TargetPattern = @".*\.(query|key)",
            LayersToTransform = [0, 2],
            LayersPattern = ["layer"],
            RankPattern = new Dictionary<string, int> { ["key"] = 6 },
            AlphaPattern = new Dictionary<string, double> { ["key"] = 7.5 },
            UsesRankStabilizedScale = true,
            HasBias = true,
        };
        AdapterOptions read = PeftConfig.Read(ModelConfig.FromPairs(PeftConfig.Write(options, "SEQ_CLS", ["classifier"])));
        Assert.Equivalent(options with { Targets = [] }, read, strict: true);
    }

    private static ImageNetwork Network()
    {
        ImageNetwork network = ModelCatalog.Get("resnet20").Build();
        network.Initialize(1);
        network.eval();
        return network;
    }

    private static float[] Numbers(Network network) => [.. network.parameters().SelectMany(parameter => parameter.data<float>().ToArray())];

    private static void Disturb(Network network)
    {
        int seed = 0;
        foreach ((string name, Tensor tensor) in network.State().Where(entry => AdapterPlan.IsAdapterWeight(entry.Key)))
        {
            tensor.uniform_(-0.2, 0.2, new Generator((ulong)++seed));
        }
    }
}
