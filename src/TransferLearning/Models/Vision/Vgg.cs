namespace TransferLearning;

/// <summary>The VGG networks as torchvision has them, without and with batch normalisation.</summary>
/// <remarks>The features are what enters the classifier: 512 maps pooled to 7x7 and laid out as 25,088 numbers. Most of the 130 million
/// weights lie in the classifier's first layer.</remarks>
public sealed class Vgg : ModelFamily
{
    // The side to which maps of any size are pooled before the classifier.
    private const int PooledSide = 7;

    // How many convolutions of 64, 128, 256, 512 and 512 channels stand between the poolings: columns A, B, D and E of the paper's table 1.
    private static readonly int[] Channels = [64, 128, 256, 512, 512];

    /// <inheritdoc/>
    public override string Name => "VGG";

    /// <inheritdoc/>
    public override string Paper => "Simonyan, Zisserman: Very Deep Convolutional Networks for Large-Scale Image Recognition, 2014";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        Row("vgg11", [1, 1, 2, 2, 2]),
        Row("vgg13", [2, 2, 2, 2, 2]),
        Row("vgg16", [2, 2, 3, 3, 3]),
        Row("vgg19", [2, 2, 4, 4, 4]),
        RowWithNorms("vgg11_bn", [1, 1, 2, 2, 2]),
        RowWithNorms("vgg13_bn", [2, 2, 2, 2, 2]),
        RowWithNorms("vgg16_bn", [2, 2, 3, 3, 3]),
        RowWithNorms("vgg19_bn", [2, 2, 4, 4, 4]),
    ];

    private static ModelVariant Row(string name, int[] convolutions)
        => new(name, options => new Net(name, convolutions, epsilon: null, options));

    private static ModelVariant RowWithNorms(string name, int[] convolutions)
        => new(
            name,
            options => new Net(name, convolutions, options.BatchNormEpsilon ?? 1e-5, options),
            nameof(NetworkOptions.BatchNormEpsilon));

    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "features")]
        private readonly Sequential _features;

        // Without an epsilon there is no batch normalisation.
        public Net(string name, int[] convolutions, double? epsilon, NetworkOptions options) : base(name)
        {
            List<nn.Module<Tensor, Tensor>> features = [];
            List<NetworkStage> stages = [];
            int inputs = options.InputChannels;
            for (int stage = 0; stage < Channels.Length; stage++)
            {
                int begin = features.Count;
                for (int i = 0; i < convolutions[stage]; i++)
                {
                    features.Add(new Conv2d(inputs, Channels[stage], 3, padding: 1, bias: true));
                    if (epsilon is double added)
                    {
                        features.Add(new BatchNorm2d(Channels[stage], added));
                    }

                    features.Add(Activation.ReluInPlace());
                    inputs = Channels[stage];
                }

                stages.Add(NetworkStage.OfRange($"block{stage + 1}", "features", begin, features.Count));
                features.Add(new Activation("MaxPool", x => nn.functional.max_pool2d(x, 2, 2)));
            }

            _features = new Sequential(features);
            Stages = stages;
            FeatureCount = inputs * PooledSide * PooledSide;
            SetHead("classifier", new Sequential(
                new Linear(FeatureCount, 4096),
                Activation.ReluInPlace(),
                new Dropout(0.5),
                new Linear(4096, 4096),
                Activation.ReluInPlace(),
                new Dropout(0.5),
                new Linear(4096, options.Classes ?? 1000)));
        }

        public override int FeatureCount { get; }
        public override IReadOnlyList<NetworkStage> Stages { get; }

        // To [N, 512, H/32, W/32].
        protected override IReadOnlyList<BackboneStep> Steps => BackboneStep.Of(Stages, _features.Links, "features.");

        protected override Tensor Pool(Tensor map)
        {
            using Tensor pooled = nn.functional.adaptive_avg_pool2d(map, [PooledSide, PooledSide]); // [N, 512, 7, 7]
            return pooled.flatten(1); // [N, 25088]
        }

        protected override void InitializeModule(string name, nn.Module module, Generator generator)
            => LayerInitializers.MobileNet(module, generator);
    }
}
