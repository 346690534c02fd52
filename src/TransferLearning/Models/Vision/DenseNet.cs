namespace TransferLearning;

/// <summary>
/// Densely connected networks (DenseNet-BC) as torchvision has them: every layer sees the maps of all before it in its block.
/// </summary>
public sealed class DenseNet : ModelFamily
{
    // The published files still write denselayer1.norm.1.weight for denselayer1.norm1.weight.
    private static readonly KeyMap OldNames = KeyMap.Empty.Pattern(@"(\.denselayer\d+\.(?:norm|relu|conv))\.([12])\.", "$1$2.");

    /// <inheritdoc/>
    public override string Name => "DenseNet";

    /// <inheritdoc/>
    public override string Paper => "Huang, Liu, van der Maaten, Weinberger: Densely Connected Convolutional Networks, 2016";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        Row("densenet121", growth: 32, stem: 64, [6, 12, 24, 16]),
        Row("densenet161", growth: 48, stem: 96, [6, 12, 36, 24]),
        Row("densenet169", growth: 32, stem: 64, [6, 12, 32, 32]),
        Row("densenet201", growth: 32, stem: 64, [6, 12, 48, 32]),
    ];

    private static ModelVariant Row(string name, int growth, int stem, int[] layers)
        => new(name, options => new Net(name, growth, stem, layers, options), nameof(NetworkOptions.BatchNormEpsilon))
        { SmallestInput = 29 };

    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "features")]
        private readonly Sequential _features;

        public Net(string name, int growth, int stem, int[] layers, NetworkOptions options) : base(name)
        {
            double epsilon = options.BatchNormEpsilon ?? 1e-5;
            List<(string Name, nn.Module<Tensor, Tensor> Module)> features =
            [
                ("conv0", new Conv2d(options.InputChannels, stem, 7, stride: 2, padding: 3)), // [N, stem, H/2, W/2]
                ("norm0", new BatchNorm2d(stem, epsilon)),
                ("relu0", Activation.ReluInPlace()),
                ("pool0", new Activation("MaxPool", x => nn.functional.max_pool2d(x, 3, 2, 1))), // [N, stem, H/4, W/4]
            ];
            List<NetworkStage> stages = [new("stem", ["features.conv0", "features.norm0"])];
            int channels = stem;
            for (int block = 1; block <= layers.Length; block++)
            {
                features.Add(($"denseblock{block}", new DenseBlock(channels, growth, layers[block - 1], epsilon)));
                channels += growth * layers[block - 1];
                bool isLast = block == layers.Length;
                features.Add(isLast
                    ? ("norm5", new BatchNorm2d(channels, epsilon))
                    : ($"transition{block}", Transition(channels, channels / 2, epsilon)));
                stages.Add(
                    new($"denseblock{block}", [$"features.denseblock{block}", isLast ? "features.norm5" : $"features.transition{block}"]));
                channels = isLast ? channels : channels / 2;
            }

            features.Add(("relu5", Activation.ReluInPlace()));
            _features = new Sequential(features);
            Stages = stages;
            FeatureCount = channels;
            SetHead("classifier", new Linear(channels, options.Classes ?? 1000));
        }

        public override int FeatureCount { get; }
        public override IReadOnlyList<NetworkStage> Stages { get; }
        public override KeyMap CheckpointNames => OldNames;

        // To [N, C, H/32, W/32].
        protected override IReadOnlyList<BackboneStep> Steps => BackboneStep.Of(Stages, _features.Links, "features.");

        protected override void InitializeModule(string name, nn.Module module, Generator generator)
        {
            LayerInitializers.Default(module, generator);
            switch (module)
            {
                case Conv2d convolution:
                    convolution.Weight.normal_(0, Math.Sqrt(2 / LayerInitializers.FanIn(convolution.Weight)), generator);
                    break;
                case Linear linear:
                    linear.Bias?.zero_();
                    break;
                default:
                    break;
            }
        }

        private static Sequential Transition(int inputs, int outputs, double epsilon) => new(
            ("norm", new BatchNorm2d(inputs, epsilon)),
            ("relu", Activation.ReluInPlace()),
            ("conv", new Conv2d(inputs, outputs, 1)),
            ("pool", new Activation("AveragePool", x => nn.functional.avg_pool2d(x, 2, 2))));
    }

    private sealed class DenseBlock : nn.Module<Tensor, Tensor>
    {
        private readonly DenseLayer[] _layers;

        public DenseBlock(int inputs, int growth, int layers, double epsilon) : base(nameof(DenseBlock))
        {
            _layers = [.. Enumerable.Range(0, layers).Select(i => new DenseLayer(inputs + (i * growth), growth, epsilon))];
            for (int i = 0; i < layers; i++)
            {
                register_module($"denselayer{i + 1}", _layers[i]);
            }
        }

        public override Tensor forward(Tensor input)
        {
            Tensor all = input.alias();
            foreach (DenseLayer layer in _layers)
            {
                using Tensor before = all;
                using Tensor added = layer.call(before);
                all = cat([before, added], 1); // [N, C + growth, H, W]
            }

            return all;
        }
    }

    private sealed class DenseLayer : nn.Module<Tensor, Tensor>
    {
        // The first convolution gives this many times the growth.
        private const int Bottleneck = 4;

        [ComponentName(Name = "norm1")]
        private readonly BatchNorm2d _reduceNorm;

        [ComponentName(Name = "conv1")]
        private readonly Conv2d _reduce;

        [ComponentName(Name = "norm2")]
        private readonly BatchNorm2d _spatialNorm;

        [ComponentName(Name = "conv2")]
        private readonly Conv2d _spatial;

        public DenseLayer(int inputs, int growth, double epsilon) : base(nameof(DenseLayer))
        {
            _reduceNorm = new BatchNorm2d(inputs, epsilon);
            _reduce = new Conv2d(inputs, Bottleneck * growth, 1);
            _spatialNorm = new BatchNorm2d(Bottleneck * growth, epsilon);
            _spatial = new Conv2d(Bottleneck * growth, growth, 3, padding: 1);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = ConvNorm.Run(_reduce, _spatialNorm, _reduceNorm.call(input).relu_(), PointwiseFunction.Relu); // [N, 4 growth, H, W]
            x = _spatial.call(x); // [N, growth, H, W]
            return x.MoveToOuterDisposeScope();
        }
    }
}
