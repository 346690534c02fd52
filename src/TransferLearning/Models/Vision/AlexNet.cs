namespace TransferLearning;

/// <summary>
/// AlexNet in the form that torchvision has: on one processor, with fewer channels and without local response normalisation.
/// </summary>
public sealed class AlexNet : ModelFamily
{
    // The side to which maps of any size are pooled before the classifier.
    private const int PooledSide = 6;

    /// <inheritdoc/>
    public override string Name => "AlexNet";

    /// <inheritdoc/>
    public override string Paper => "Krizhevsky: One Weird Trick for Parallelizing Convolutional Neural Networks, 2014";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelVariant> Variants { get; } =
        [new("alexnet", options => new Net("alexnet", options)) { SmallestInput = 63 }];

    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "features")]
        private readonly Sequential _features;

        public Net(string name, NetworkOptions options) : base(name)
        {
            _features = new Sequential(
                new Conv2d(options.InputChannels, 64, 11, stride: 4, padding: 2, bias: true),
                Activation.ReluInPlace(),
                MaxPool(),
                new Conv2d(64, 192, 5, padding: 2, bias: true),
                Activation.ReluInPlace(),
                MaxPool(),
                new Conv2d(192, 384, 3, padding: 1, bias: true),
                Activation.ReluInPlace(),
                new Conv2d(384, 256, 3, padding: 1, bias: true),
                Activation.ReluInPlace(),
                new Conv2d(256, 256, 3, padding: 1, bias: true),
                Activation.ReluInPlace(),
                MaxPool());
            SetHead("classifier", new Sequential(
                new Dropout(0.5),
                new Linear(FeatureCount, 4096),
                Activation.ReluInPlace(),
                new Dropout(0.5),
                new Linear(4096, 4096),
                Activation.ReluInPlace(),
                new Linear(4096, options.Classes ?? 1000)));
        }

        public override int FeatureCount => 256 * PooledSide * PooledSide;

        public override IReadOnlyList<NetworkStage> Stages { get; } =
        [
            new("conv1", ["features.0"]),
            new("conv2", ["features.3"]),
            new("conv3", ["features.6"]),
            new("conv4", ["features.8"]),
            new("conv5", ["features.10"]),
        ];

        // To [N, 256, H/32 - 1, W/32 - 1].
        protected override IReadOnlyList<BackboneStep> Steps => BackboneStep.Of(Stages, _features.Links, "features.");

        protected override Tensor Pool(Tensor map)
        {
            using Tensor pooled = nn.functional.adaptive_avg_pool2d(map, [PooledSide, PooledSide]); // [N, 256, 6, 6]
            return pooled.flatten(1); // [N, 9216]
        }

        private static Activation MaxPool() => new(nameof(MaxPool), x => nn.functional.max_pool2d(x, 3, 2));
    }
}
