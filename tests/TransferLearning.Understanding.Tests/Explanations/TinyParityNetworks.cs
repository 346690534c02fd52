using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TransferLearning.Tests;

/// <summary>The small networks of the goldens of attributions, under the names that these use.</summary>
internal static class TinyParityNetworks
{
    public static ImageNetwork Build(string name, int classes, int height, int width) => name switch
    {
        "tiny_a" or "tiny_neg" => new TinyA(classes),
        "tiny_b" => new TinyB(classes, height, width),
        _ => ModelCatalog.Get(name).Build(
            new NetworkOptions { Classes = classes, ImageSize = name.StartsWith("vit", StringComparison.Ordinal) ? height : null }),
    };

    /// <summary>What tiny_neg is besides tiny_a: its class activation maps are zero.</summary>
    public static void AfterFill(string name, ImageNetwork network)
    {
        if (name == "tiny_neg")
        {
            using IDisposable guard = no_grad();
            Parameter weight = ((Linear)network.FinalLayer).Weight;
            using Tensor negative = weight.abs().neg();
            weight.copy_(negative);
        }
    }

    private sealed class TinyA : ImageNetwork
    {
        [ComponentName(Name = "conv1")]
        private readonly Conv2d _first = new(3, 8, 3, padding: 1, bias: true);

        [ComponentName(Name = "bn1")]
        private readonly BatchNorm2d _norm = new(8);

        [ComponentName(Name = "relu1")]
        private readonly Activation _relu1 = Activation.Relu();

        [ComponentName(Name = "pool1")]
        private readonly Activation _pool = new("MaxPool", x => nn.functional.max_pool2d(x, 2));

        [ComponentName(Name = "conv2")]
        private readonly Conv2d _second = new(8, 12, 3, padding: 1, bias: false);

        [ComponentName(Name = "relu2")]
        private readonly Activation _relu2 = Activation.Relu();

        public TinyA(int classes) : base("tiny_a") => SetHead("fc", new Linear(12, classes));

        public override int FeatureCount => 12;

        public override IReadOnlyList<NetworkStage> Stages { get; } = [new("first", ["conv1", "bn1"]), new("second", ["conv2"])];

        protected override IReadOnlyList<BackboneStep> Steps =>
        [
            new("first", _first.call),
            new("first", _norm.call),
            new("first", _relu1.call),
            new("first", _pool.call),
            new("second", _second.call),
            new("second", _relu2.call),
        ];
    }

    private sealed class TinyB : ImageNetwork
    {
        [ComponentName(Name = "conv1")]
        private readonly Conv2d _first = new(3, 6, 3, stride: 2, padding: 1, bias: true);

        [ComponentName(Name = "act1")]
        private readonly Activation _tanh = new("Tanh", x => x.tanh());

        [ComponentName(Name = "conv2")]
        private readonly Conv2d _second = new(6, 10, 3, padding: 1, groups: 2, bias: true);

        [ComponentName(Name = "act2")]
        private readonly Activation _gelu = Activation.Gelu();

        [ComponentName(Name = "fc1")]
        private readonly Linear _hidden;

        [ComponentName(Name = "act3")]
        private readonly Activation _relu = Activation.Relu();

        public TinyB(int classes, int height, int width) : base("tiny_b")
        {
            _hidden = new Linear(10 * ((height + 1) / 2) * ((width + 1) / 2), 14);
            SetHead("fc2", new Linear(14, classes));
        }

        public override int FeatureCount => 14;

        public override IReadOnlyList<NetworkStage> Stages { get; } = [new("first", ["conv1"]), new("second", ["conv2"])];

        protected override IReadOnlyList<BackboneStep> Steps =>
        [
            new("first", _first.call),
            new("first", _tanh.call),
            new("second", _second.call),
            new("second", _gelu.call),
        ];

        protected override Tensor Pool(Tensor last)
        {
            using DisposeScope scope = NewDisposeScope();
            return _relu.call(_hidden.call(last.flatten(1))).MoveToOuterDisposeScope();
        }
    }
}
