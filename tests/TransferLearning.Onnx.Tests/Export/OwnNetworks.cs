using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning.Onnx.Tests;

/// <summary>Architectures of TorchSharp's own layers, as a program brings them.</summary>
internal sealed class OwnNetworks : ModelFamily
{
    public const string Plain = "onnx_plain";
    public const string WithoutCounterpart = "onnx_sorts";
    public const string SharingMemory = "onnx_shares_memory";
    public const string DependingOnBatch = "onnx_depends_on_batch";

    private static readonly Lazy<OwnNetworks> Added = new(() =>
    {
        OwnNetworks family = new();
        ModelCatalog.Add(family);
        return family;
    });

    public override string Name => "Own networks";

    public override string Paper => "none";

    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        Row(Plain, map => nn.functional.group_norm(map, 4).relu()),
        Row(WithoutCounterpart, map => map.sort(1).Values),
        Row(SharingMemory, map => map.add(Changed(map.narrow(1, 0, 4)).sum())),
        Row(DependingOnBatch, map => map.size(0) == 2 ? map.relu() : map.tanh()),
    ];

    public static void Add() => _ = Added.Value;

    private static Tensor Changed(Tensor part) => part.relu_();

    private static ModelVariant Row(string name, Func<Tensor, Tensor> function)
        => new(name, options => new Net(name, function, options))
        {
            Preprocess = new ImagePreprocess(20, 16, new(0.5f, 0.4f, 0.3f), new(0.25f, 0.2f, 0.3f)),
            SmallestInput = 16,
        };

    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "stem")]
        private readonly TorchSharp.Modules.Conv2d _stem;

        private readonly Func<Tensor, Tensor> _function;

        public Net(string name, Func<Tensor, Tensor> function, NetworkOptions options) : base(name)
        {
            _function = function;
            _stem = nn.Conv2d(options.InputChannels, FeatureCount, 3, stride: 2, padding: 1);
            SetHead("classifier", nn.Linear(FeatureCount, options.Classes ?? 10));
        }

        public override int FeatureCount => 8;

        public override IReadOnlyList<NetworkStage> Stages { get; } = [new("stem")];

        protected override IReadOnlyList<BackboneStep> Steps => [new("stem", _stem.call), new("stem", _function)];
    }
}
