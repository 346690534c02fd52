using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning.Onnx.Tests;

/// <summary>A network of 1,300 weights with one of everything that files have: convolutions in groups, a batch norm, both poolings, a class
/// token, positions, a layer norm, attention, GELU and a scale. <c>Fixtures/small.py</c> has the same in Python.</summary>
internal sealed class SmallNetwork : ModelFamily
{
    public const string Architecture = "onnx_small";

    private static readonly Lazy<SmallNetwork> Added = new(() =>
    {
        SmallNetwork family = new();
        ModelCatalog.Add(family);
        return family;
    });

    public override string Name => "Small network";

    public override string Paper => "none";

    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        new(Architecture, options => new Net(options))
        {
            Preprocess = new ImagePreprocess(20, 16, new(0.5f, 0.4f, 0.3f), new(0.25f, 0.2f, 0.3f)),
            SmallestInput = 16,
        },
    ];

    public static void Add() => _ = Added.Value;

    /// <summary>One with weights of its own.</summary>
    public static ImageModel Model(int classes = 5)
    {
        Add();
        ImageModel model = ImageModel.Create(Architecture, classes, seed: 1);
        foreach ((string name, Tensor weight) in model.Module.State().Where(entry => entry.Value.is_floating_point()))
        {
            bool isPositive = name is "norm.weight" or "norm.running_var" or "ln.weight" or "scale";
            using IDisposable guard = no_grad();
            using Tensor values = arange(weight.numel()).mul(0.7).add(name.Length).sin().mul(0.5).add(isPositive ? 1 : 0);
            weight.copy_(values.reshape(weight.shape));
        }

        return model;
    }

    private sealed class Net : ImageNetwork
    {
        private const int Width = 16;

        [ComponentName(Name = "stem")]
        private readonly TorchSharp.Modules.Conv2d _stem;

        [ComponentName(Name = "norm")]
        private readonly TorchSharp.Modules.BatchNorm2d _norm;

        [ComponentName(Name = "mix")]
        private readonly TorchSharp.Modules.Conv2d _mix;

        [ComponentName(Name = "token")]
        private readonly TorchSharp.Modules.Parameter _token;

        [ComponentName(Name = "positions")]
        private readonly TorchSharp.Modules.Parameter _positions;

        [ComponentName(Name = "ln")]
        private readonly TorchSharp.Modules.LayerNorm _ln;

        [ComponentName(Name = "qkv")]
        private readonly TorchSharp.Modules.Linear _qkv;

        [ComponentName(Name = "proj")]
        private readonly TorchSharp.Modules.Linear _proj;

        [ComponentName(Name = "scale")]
        private readonly TorchSharp.Modules.Parameter _scale;

        public Net(NetworkOptions options) : base(Architecture)
        {
            _stem = nn.Conv2d(options.InputChannels, Width, 3, stride: 2, padding: 1, bias: false);
            _norm = nn.BatchNorm2d(Width, eps: 1e-3);
            _mix = nn.Conv2d(Width, Width, 3, padding: 1, groups: 2);
            (_token, _positions) = (new(zeros(1, 1, Width)), new(zeros(1, 17, Width)));
            _ln = nn.LayerNorm(Width, eps: 1e-6);
            (_qkv, _proj, _scale) = (nn.Linear(Width, 3 * Width), nn.Linear(Width, Width), new(ones(Width)));
            SetHead("classifier", nn.Linear(FeatureCount, options.Classes ?? 10));
        }

        public override int FeatureCount => Width;

        public override IReadOnlyList<NetworkStage> Stages { get; } =
            [new("stem", "norm"), new("mix"), new("block", "token", "positions", "ln", "qkv", "proj", "scale")];

        protected override IReadOnlyList<BackboneStep> Steps => [new("stem", Stem), new("mix", Mix), new("block", Block)];

        protected override Tensor Pool(Tensor tokens) => tokens.select(1, 0).clone();

        private Tensor Stem(Tensor images) => nn.functional.max_pool2d(nn.functional.relu6(_norm.call(_stem.call(images))), 3, 2, 1);

        private Tensor Mix(Tensor map) => nn.functional.avg_pool2d(nn.functional.hardswish(_mix.call(map)), 3, 1, 1);

        private Tensor Block(Tensor map)
        {
            Tensor tokens = map.flatten(2).transpose(1, 2); // [N, 16, D]
            Tensor x = cat([_token.expand(tokens.size(0), -1, -1), tokens], 1).add(_positions);
            Tensor[] parts = _qkv.call(_ln.call(x)).chunk(3, -1);
            Tensor attention = parts[0].matmul(parts[1].transpose(1, 2)).div(4).softmax(-1);
            x = x.add(_proj.call(attention.matmul(parts[2])).mul(_scale));
            return nn.functional.gelu(x);
        }
    }
}
