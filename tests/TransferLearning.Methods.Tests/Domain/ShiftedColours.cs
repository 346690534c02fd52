using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>Images of a bright colour, the same in the dark, and a small network that was trained on the first kind.</summary>
internal static class ShiftedColours
{
    private static readonly ImagePreprocess Form = new(0, 32, new(0.5f, 0.5f, 0.5f), new(0.25f, 0.25f, 0.25f));

    private static readonly ModelVariant Variant = new("shifted colours", options => new Net(options, true)) { Preprocess = Form };

    private static readonly ModelVariant Plain = new("without norms", options => new Net(options, false)) { Preprocess = Form };

    private static readonly Lazy<Dictionary<string, Tensor>> Trained = new(Train);

    /// <summary>What the network was trained on.</summary>
    public static Dataset Source { get; } = SmallSets.Images(36, SmallSets.Colours);

    /// <summary>Other images, a quarter as bright.</summary>
    public static Dataset Target { get; } = SmallSets.Images(90, SmallSets.Colours).Skip(36).Transformed(new Brightness(0.25));

    /// <summary>The trained network; the caller disposes it.</summary>
    public static ImageModel Model()
    {
        Dictionary<string, Tensor> trained = Trained.Value;
        ImageModel model = Fresh();
        using IDisposable guard = no_grad();
        foreach ((string name, Tensor tensor) in model.Module.State())
        {
            tensor.copy_(trained[name]);
        }

        return model;
    }

    /// <summary>The network before training.</summary>
    public static ImageModel Fresh() => Fresh(Variant);

    /// <summary>One without batch norms before training.</summary>
    public static ImageModel Normless() => Fresh(Plain);

    private static ImageModel Fresh(ModelVariant variant)
    {
        NetworkOptions options = NetworkOptions.Default with { Classes = 3 };
        ImageNetwork network = variant.Build(options);
        network.Initialize(5);
        return new ImageModel(variant, options, network, new Classification(SmallSets.Colours), Form);
    }

    public static float[] Weights(TransferModel model)
        => [.. model.Module.State().SelectMany(entry => entry.Value.to(ScalarType.Float32).data<float>().ToArray())];

    private static Dictionary<string, Tensor> Train()
    {
        using ImageModel model = Fresh();
        model.FineTune(
            Source, new Sgd(0.05, momentum: 0.9), new FineTuneOptions { Epochs = 12, BatchSize = 6, Seed = 1, Workers = 0 });
        return model.Module.State().ToDictionary(
            entry => entry.Key, entry => entry.Value.detach().clone().DetachFromDisposeScope());
    }

    /// <summary>Two convolutions with batch norms.</summary>
    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "conv1")]
        private readonly Conv2d _first = new(3, 8, 3, stride: 2, padding: 1);

        [ComponentName(Name = "bn1")]
        private readonly BatchNorm2d _firstNorm = new(8);

        [ComponentName(Name = "conv2")]
        private readonly Conv2d _second = new(8, 16, 3, stride: 2, padding: 1);

        [ComponentName(Name = "bn2")]
        private readonly BatchNorm2d _secondNorm = new(16);

        private readonly bool _norms;

        public Net(NetworkOptions options, bool norms)
            : base("shifted colours")
        {
            _norms = norms;
            SetHead("fc", new Linear(FeatureCount, options.Classes ?? 3));
        }

        public override int FeatureCount => 16;

        public override IReadOnlyList<NetworkStage> Stages { get; } = [new("first", ["conv1", "bn1"]), new("second", ["conv2", "bn2"])];

        protected override IReadOnlyList<BackboneStep> Steps =>
        [
            new("first", _first.call), new("first", map => _norms ? _firstNorm.call(map) : map.alias()), new("first", map => map.relu()),
            new("second", _second.call), new("second", map => _norms ? _secondNorm.call(map) : map.alias()),
            new("second", map => map.relu()),
        ];
    }
}
