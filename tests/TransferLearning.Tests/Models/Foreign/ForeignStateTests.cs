using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class ForeignStateTests
{
    private static readonly NetworkOptions Small = new() { ImageSize = 64, Classes = 7 };
    private static readonly NetworkOptions Plain = new() { Classes = 7 };
    private static readonly NetworkOptions FromTensorFlow = new() { Classes = 7, TensorFlowPadding = true, BatchNormEpsilon = 1e-3 };

    private static readonly Dictionary<string, (
        string Architecture, NetworkOptions Built, NetworkOptions Asked, Func<ImageNetwork, ForeignListing> List)> Cases = new()
        {
            ["transformers resnet18"] = (
            "resnet18", Plain, NetworkOptions.Default, network => ForeignListing.TransformersResNet(network, [2, 2, 2, 2], 2)),
            ["transformers resnet50"] = (
            "resnet50", Plain, NetworkOptions.Default, network => ForeignListing.TransformersResNet(network, [3, 4, 6, 3], 3)),
            ["timm vit"] = ("vit_b_32", Small, new() { ImageSize = 64 }, network => ForeignListing.TimmVisionTransformer(network, 12)),
            ["transformers vit"] = (
            "vit_b_32",
            Small,
            new() { ImageSize = 64 },
            network => ForeignListing.TransformersVisionTransformer(network, 12, hasClassifier: true)),
            ["timm convnext"] = (
            "convnext_tiny", Plain, NetworkOptions.Default, network => ForeignListing.TimmConvNeXt(network, [3, 3, 9, 3])),
            ["first convnext"] = (
            "convnext_tiny", Plain, NetworkOptions.Default, network => ForeignListing.FirstConvNeXt(network, [3, 3, 9, 3])),
            ["transformers convnext"] = (
            "convnext_tiny", Plain, NetworkOptions.Default, network => ForeignListing.TransformersConvNeXt(network, [3, 3, 9, 3])),
            ["old timm swin"] = (
            "swin_t", Plain, NetworkOptions.Default, network => ForeignListing.TimmSwin(network, [2, 2, 6, 2], isOld: true)),
            ["timm swin"] = (
            "swin_t", Plain, NetworkOptions.Default, network => ForeignListing.TimmSwin(network, [2, 2, 6, 2], isOld: false)),
            ["transformers swin"] = (
            "swin_t", Plain, NetworkOptions.Default, network => ForeignListing.TransformersSwin(network, [2, 2, 6, 2])),
            ["timm efficientnet"] = (
            "efficientnet_b0",
            Plain,
            NetworkOptions.Default,
            network => ForeignListing.TimmEfficientNet(network, "DIIIIII", [1, 2, 2, 3, 3, 4, 1])),
            ["timm deeper efficientnet"] = (
            "efficientnet_b2",
            Plain,
            NetworkOptions.Default,
            network => ForeignListing.TimmEfficientNet(network, "DIIIIII", [2, 3, 3, 4, 4, 5, 2])),
            ["timm efficientnet of TensorFlow"] =
            (
                "efficientnet_b0",
                FromTensorFlow,
                FromTensorFlow with { Classes = null },
                network => ForeignListing.TimmEfficientNet(network, "DIIIIII", [1, 2, 2, 3, 3, 4, 1])),
            ["timm efficientnet v2"] =
            (
                "efficientnet_v2_s",
                Plain with { TensorFlowPadding = true },
                NetworkOptions.Default,
                network => ForeignListing.TimmEfficientNet(network, "CEEIII", [2, 4, 4, 6, 9, 15])),
            ["transformers efficientnet"] =
            (
                "efficientnet_b0",
                FromTensorFlow,
                NetworkOptions.Default,
                network => ForeignListing.TransformersEfficientNet(network, [1, 2, 2, 3, 3, 4, 1])),
            ["transformers deeper efficientnet"] =
            (
                "efficientnet_b1",
                FromTensorFlow,
                NetworkOptions.Default,
                network => ForeignListing.TransformersEfficientNet(network, [2, 3, 3, 4, 4, 5, 2])),
        };

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Weights_of_another_library_give_the_same_logits(string name)
    {
        (string architecture, NetworkOptions built, NetworkOptions asked, Func<ImageNetwork, ForeignListing> list) = Cases[name];
        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        ModelVariant variant = ModelCatalog.Get(architecture);
        using ImageNetwork original = variant.Build(built);
        Fill(original);
        ForeignListing foreign = list(original);
        Assert.Empty(foreign.Unused);

        using StateDict state = StateDict.FromTensors(foreign.Tensors);
        using ImageModel model = Pretrained.Load(architecture, state, new PretrainedOptions { Network = asked });
        Assert.Empty(model.LoadReport!.Missing);
        Dictionary<string, Tensor> loaded = new(model.Module.State());
        Assert.Empty(original.State().Where(pair => !IsSame(pair.Value, loaded[pair.Key])).Select(pair => pair.Key));

        using Generator generator = new(5);
        Tensor images = randn([2, 3, 64, 64], generator: generator);
        original.eval();
        model.Module.eval();
        Tensor expected = original.call(images);
        Assert.True(expected.isfinite().all().item<bool>());
        Assert.Equal(expected.data<float>().ToArray(), model.Module.call(images).data<float>().ToArray());
    }

    [Fact]
    public void A_model_without_classifier_fills_the_backbone()
    {
        using DisposeScope scope = NewDisposeScope();
        ModelVariant variant = ModelCatalog.Get("vit_b_32");
        using ImageNetwork original = variant.Build(Small);
        using (no_grad())
        {
            Fill(original);
        }

        using StateDict state = StateDict.FromTensors(
            ForeignListing.TransformersVisionTransformer(original, 12, hasClassifier: false).Tensors);
        using ImageModel model = Pretrained.Load("vit_b_32", state, new PretrainedOptions { Network = new() { ImageSize = 64 } });
        Dictionary<string, Tensor> own = new(original.State());
        Assert.Equal(
            ["heads.head.weight", "heads.head.bias"],
            model.Module.State().Where(pair => !IsSame(pair.Value, own[pair.Key])).Select(pair => pair.Key));
        Assert.Equal(["heads.head.weight", "heads.head.bias"], model.LoadReport!.Missing);
    }

    [Fact]
    public void Weights_of_another_size_are_refused_with_the_networks_names()
    {
        using DisposeScope scope = NewDisposeScope();
        using ImageNetwork small = ModelCatalog.Get("resnet18").Build(Plain);
        Fill(small);
        using StateDict state = StateDict.FromTensors(ForeignListing.TransformersResNet(small, [2, 2, 2, 2], 2).Tensors);
        WeightLoadException error = Assert.Throws<WeightLoadException>(() => Pretrained.Load("resnet34", state));
        Assert.Contains("layer1.2.conv1.weight", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parts_that_do_not_fit_together_are_named()
    {
        using DisposeScope scope = NewDisposeScope();
        ModelVariant variant = ModelCatalog.Get("swin_t");
        using ImageNetwork original = variant.Build();
        Fill(original);
        List<KeyValuePair<string, Tensor>> tensors = ForeignListing.TransformersSwin(original, [2, 2, 6, 2]).Tensors;
        int key = tensors.FindIndex(pair => pair.Key.EndsWith("0.attention.self.key.weight", StringComparison.Ordinal));
        tensors[key] = new(tensors[key].Key, zeros(96, 95));
        using StateDict state = StateDict.FromTensors(tensors);
        InvalidDataException error = Assert.Throws<InvalidDataException>(
            () => new ForeignState(ForeignState.Recognise("swin_t", state)!, state, original));
        Assert.Contains("features.1.0.attn.qkv.weight", error.Message, StringComparison.Ordinal);
        Assert.Contains("[96, 95]", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Own_names_are_not_taken_for_another_librarys()
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.All(["resnet18", "vit_b_32", "convnext_tiny", "swin_t", "efficientnet_b0", "efficientnet_v2_s"], name =>
        {
            using ImageNetwork network = ModelCatalog.Get(name).Build();
            using StateDict state = StateDict.FromTensors(network.State());
            Assert.Null(ForeignState.Recognise(name, state));
        });
    }

    [Fact]
    public void Nothing_stays_in_memory()
    {
        using DisposeScope scope = NewDisposeScope();
        using ImageNetwork original = ModelCatalog.Get("swin_t").Build();
        Fill(original);
        using StateDict state = StateDict.FromTensors(ForeignListing.TransformersSwin(original, [2, 2, 6, 2]).Tensors);
        long before = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
        new ForeignState(ForeignState.Recognise("swin_t", state)!, state, original).Dispose();
        Assert.Equal(before, DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount);
    }

    private static bool IsSame(Tensor one, Tensor other) => one.shape.SequenceEqual(other.shape) && one.eq(other).all().item<bool>();

    // Every number differs from its neighbours', so that no two tensors can be exchanged unseen.
    private static void Fill(ImageNetwork network)
    {
        using Generator generator = new(3);
        using IDisposable frozen = no_grad();
        foreach ((string name, Tensor tensor) in network.State())
        {
            if (name.EndsWith("running_var", StringComparison.Ordinal))
            {
                tensor.uniform_(0.5, 1.5, generator);
            }
            else if (tensor.is_floating_point())
            {
                tensor.normal_(0, 0.1, generator);
            }
            else if (name.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            {
                tensor.fill_(name.Length);
            }
        }
    }
}
