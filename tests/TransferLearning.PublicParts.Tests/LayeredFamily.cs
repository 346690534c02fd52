using TorchSharp.Utils;
using TransferLearning.Layers;
using static TorchSharp.torch;

namespace PublicParts.Tests;

/// <summary>An architecture of the library's own layers, with weights of its own kind of beginning.</summary>
internal sealed class LayeredFamily : ModelFamily
{
    public const string Architecture = "public_layers";

    public override string Name => "Public parts, layers";

    public override string Paper => "none";

    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        new(Architecture, options => new Net(options)) { Preprocess = ColorImages.Preprocess, SmallestInput = ColorImages.Side },
    ];

    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "conv1")]
        private readonly Conv2d _conv1;

        [ComponentName(Name = "bn1")]
        private readonly BatchNorm2d _bn1;

        [ComponentName(Name = "block")]
        private readonly Sequential _block;

        public Net(NetworkOptions options)
            : base(Architecture)
        {
            _conv1 = new Conv2d(options.InputChannels, 8, 3, stride: 2, padding: 1);
            _bn1 = new BatchNorm2d(8);
            _block = new Sequential(new Conv2d(8, FeatureCount, 1, bias: true), Activation.Relu());
            SetHead("fc", new Linear(FeatureCount, options.Classes ?? 10));
        }

        public override int FeatureCount => 12;

        public override IReadOnlyList<NetworkStage> Stages { get; } = [new("stem", ["conv1", "bn1"]), new("block")];

        protected override IReadOnlyList<BackboneStep> Steps =>
        [
            new("stem", _conv1.call),
            new("stem", _bn1.call),
            new("stem", map => map.relu()),
            new("block", _block.call), // [N, 12, H/2, W/2]
        ];

        protected override void InitializeModule(string name, nn.Module module, Generator generator)
        {
            if (module is Conv2d convolution)
            {
                LayerInitializers.HeNormalFanOut(convolution, generator);
            }
            else
            {
                base.InitializeModule(name, module, generator);
            }
        }
    }
}
