using TorchSharp;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace PublicParts.Tests;

/// <summary>An architecture of TorchSharp's layers.</summary>
internal sealed class TorchSharpFamily : ModelFamily
{
    public const string Architecture = "public_torchsharp";

    public override string Name => "Public parts, TorchSharp";

    public override string Paper => "none";

    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        new(Architecture, options => new Net(options)) { Preprocess = ColorImages.Preprocess, SmallestInput = ColorImages.Side },
    ];

    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "stem")]
        private readonly TorchSharp.Modules.Conv2d _stem;

        public Net(NetworkOptions options)
            : base(Architecture)
        {
            _stem = nn.Conv2d(options.InputChannels, FeatureCount, 3, stride: 2, padding: 1);
            SetHead("classifier", nn.Linear(FeatureCount, options.Classes ?? 10));
        }

        public override int FeatureCount => 8;

        public override IReadOnlyList<NetworkStage> Stages { get; } = [new("stem")];

        // To [N, 8, H/2, W/2].
        protected override IReadOnlyList<BackboneStep> Steps => [new("stem", _stem.call), new("stem", map => map.relu())];
    }
}
