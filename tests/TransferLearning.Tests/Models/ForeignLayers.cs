using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>An architecture of a program's own, built of TorchSharp's layers alone.</summary>
internal sealed class ForeignLayers : ModelFamily
{
    public const string Architecture = "foreign_layers";
    private static readonly Lazy<bool> Known = new(() =>
    {
        ModelCatalog.Add(new ForeignLayers());
        return true;
    });

    public override string Name => "Foreign layers";

    public override string Paper => "none";

    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        new(Architecture, options => new Net(options))
        {
            Preprocess = ImagePreprocess.ImageNet with { Resize = 0, Crop = 8 },
            SmallestInput = 8,
        }
    ];

    public static void Register() => Assert.True(Known.Value);

    public static ImageNetwork Network(int classes) => new Net(new NetworkOptions { Classes = classes });

    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "stem")]
        private readonly TorchSharp.Modules.Conv2d _stem;

        public Net(NetworkOptions options)
            : base(Architecture)
        {
            _stem = nn.Conv2d(options.InputChannels, 4, 3, stride: 2, padding: 1);
            SetHead(
                "classifier",
                nn.Sequential(("hidden", nn.Linear(4, 6)), ("relu", nn.ReLU()), ("out", nn.Linear(6, options.Classes ?? 10))));
        }

        public override int FeatureCount => 4;

        public override IReadOnlyList<NetworkStage> Stages { get; } = [new("stem", ["stem"])];

        protected override IReadOnlyList<BackboneStep> Steps => [new("stem", _stem.call), new("stem", map => map.relu())];
    }
}
