using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning.Benchmarks;

/// <summary>
/// The smallest network that learns: one convolution, a mean and a head. What is measured with it is all that is around a network.
/// </summary>
internal sealed class TinyNetwork : ModelFamily
{
    public const string Architecture = "tiny";
    private static bool _isKnown;

    public override string Name => "Tiny";

    public override string Paper => "none";

    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        new(Architecture, options => new Net(options))
        {
            Preprocess = ImagePreprocess.ImageNet with { Resize = 0, Crop = 8 },
            SmallestInput = 8,
        },
    ];

    public static TransferModel Create(int classes)
    {
        if (!_isKnown)
        {
            ModelCatalog.Add(new TinyNetwork());
            _isKnown = true;
        }

        return TransferModel.Create(Architecture, classes);
    }

    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "conv1")]
        private readonly Conv2d _stem;

        public Net(NetworkOptions options)
            : base(Architecture)
        {
            _stem = new Conv2d(options.InputChannels, 8, 3, stride: 2, padding: 1);
            SetHead("fc", new Linear(FeatureCount, options.Classes ?? 10));
        }

        public override int FeatureCount => 8;

        public override IReadOnlyList<NetworkStage> Stages { get; } = [new("stem", ["conv1"])];

        // To [N, 8, H/2, W/2].
        protected override IReadOnlyList<BackboneStep> Steps => [new("stem", _stem.call), new("stem", map => map.relu())];
    }
}
