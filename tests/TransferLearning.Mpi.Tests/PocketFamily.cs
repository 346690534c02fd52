using TorchSharp.Utils;
using TransferLearning.Layers;
using static TorchSharp.torch;

namespace Mpi.Tests;

/// <summary>The smallest network that shows all: a convolution, dropout and a head, with a batch norm or without.</summary>
internal sealed class PocketFamily : ModelFamily
{
    public const string Plain = "pocket";
    public const string Normed = "pocket_bn";
    public const string Steady = "pocket_steady";

    private static readonly Lazy<bool> Added = new(() =>
    {
        ModelCatalog.Add(new PocketFamily());
        ConfigCatalog.Add(new PublicParts.Tests.BagOfWords());
        return true;
    });

    public override string Name => "Pocket";

    public override string Paper => "none";

    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        Variant(Plain, isNormed: false, dropout: 0.25),
        Variant(Normed, isNormed: true, dropout: 0.25),
        Variant(Steady, isNormed: true, dropout: 0),
    ];

    public static bool Register() => Added.Value;

    private static ModelVariant Variant(string name, bool isNormed, double dropout)
        => new(name, options => new Net(name, options, isNormed, dropout))
        {
            Preprocess = PocketImages.Preprocess,
            SmallestInput = PocketImages.Side,
        };

    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "conv1")]
        private readonly Conv2d _conv1;

        [ComponentName(Name = "bn1")]
        private readonly BatchNorm2d? _bn1;

        [ComponentName(Name = "dropout")]
        private readonly Dropout _dropout;

        public Net(string name, NetworkOptions options, bool isNormed, double dropout)
            : base(name)
        {
            _conv1 = new Conv2d(options.InputChannels, FeatureCount, 3, stride: 2, padding: 1, bias: true);
            _bn1 = isNormed ? new BatchNorm2d(FeatureCount) : null;
            _dropout = new Dropout(dropout);
            SetHead("fc", new Linear(FeatureCount, options.Classes ?? 3));
        }

        public override int FeatureCount => 8;

        public override IReadOnlyList<NetworkStage> Stages { get; } = [new("stem", ["conv1", "bn1"])];

        protected override IReadOnlyList<BackboneStep> Steps =>
        [
            new("stem", _conv1.call),
            new("stem", map => _bn1?.call(map) ?? map.alias()),
            new("stem", map => map.relu()),
            new("stem", _dropout.call),
        ];
    }
}
