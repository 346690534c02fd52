namespace TransferLearning;

/// <summary>The small residual networks of the ResNet paper's CIFAR-10 section, with shortcuts without weights (option A), under the names
/// of the widely used port by Y. Idelbayev (akamaster/pytorch_resnet_cifar10).</summary>
public sealed class CifarResNet : ModelFamily
{
    /// <inheritdoc/>
    public override string Name => "CIFAR ResNet";

    /// <inheritdoc/>
    public override string Paper => "He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, section 4.2, 2015";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelVariant> Variants { get; } = [Row(20), Row(32), Row(44), Row(56), Row(110)];

    private static ModelVariant Row(int depth) => new($"resnet{depth}", options => new Net($"resnet{depth}", (depth - 2) / 6, options))
    {
        Preprocess = new ImagePreprocess(Resize: 32, Crop: 32, ChannelValues.ImageNetMean, ChannelValues.ImageNetStd),
    };

    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "conv1")]
        private readonly Conv2d _stem;

        [ComponentName(Name = "bn1")]
        private readonly BatchNorm2d _stemNorm;

        [ComponentName(Name = "layer1")]
        private readonly Sequential _layer1;

        [ComponentName(Name = "layer2")]
        private readonly Sequential _layer2;

        [ComponentName(Name = "layer3")]
        private readonly Sequential _layer3;

        public Net(string name, int blocks, NetworkOptions options) : base(name)
        {
            _stem = new Conv2d(options.InputChannels, 16, 3, padding: 1);
            _stemNorm = new BatchNorm2d(16);
            _layer1 = Stage(16, 16);
            _layer2 = Stage(16, 32);
            _layer3 = Stage(32, 64);
            SetHead("linear", new Linear(FeatureCount, options.Classes ?? 10));

            Sequential Stage(int inputs, int width)
                => new(
                    Enumerable.Range(0, blocks).Select(i => new Block(i == 0 ? inputs : width, width, i == 0 && inputs != width ? 2 : 1)));
        }

        public override int FeatureCount => 64;

        public override IReadOnlyList<NetworkStage> Stages { get; } =
            [new("stem", ["conv1", "bn1"]), new("layer1"), new("layer2"), new("layer3")];

        protected override IReadOnlyList<BackboneStep> Steps =>
        [
            new("stem", images => ConvNorm.Run(_stem, _stemNorm, images, PointwiseFunction.Relu)), // [N, 16, H, W]
            new("layer1", _layer1.call),
            new("layer2", _layer2.call),
            new("layer3", _layer3.call), // [N, 64, H/4, W/4]
        ];

        protected override void InitializeModule(string name, nn.Module module, Generator generator)
        {
            LayerInitializers.Default(module, generator);
            if (module is WeightLayer layer)
            {
                LayerInitializers.Normal(layer, Math.Sqrt(2 / LayerInitializers.FanIn(layer.Weight)), generator);
            }
        }
    }

    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        private readonly int _stride;
        private readonly int _added;

        [ComponentName(Name = "conv1")]
        private readonly Conv2d _first;

        [ComponentName(Name = "bn1")]
        private readonly BatchNorm2d _firstNorm;

        [ComponentName(Name = "conv2")]
        private readonly Conv2d _second;

        [ComponentName(Name = "bn2")]
        private readonly BatchNorm2d _secondNorm;

        public Block(int inputs, int width, int stride) : base(nameof(Block))
        {
            _stride = stride;
            _added = (width - inputs) / 2;
            _first = new Conv2d(inputs, width, 3, stride, padding: 1);
            _firstNorm = new BatchNorm2d(width);
            _second = new Conv2d(width, width, 3, padding: 1);
            _secondNorm = new BatchNorm2d(width);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = ConvNorm.Run(_first, _firstNorm, input, PointwiseFunction.Relu);
            return ConvNorm.Run(_second, _secondNorm, x, PointwiseFunction.Relu, Shortcut(input)).MoveToOuterDisposeScope();
        }

        // Option A: every second pixel, and as many channels of zeros on either side as the width grows by.
        private Tensor Shortcut(Tensor input)
            => _stride == 1
                ? input
                : nn.functional.pad(input.slice(2, 0, input.size(2), 2).slice(3, 0, input.size(3), 2), [0, 0, 0, 0, _added, _added]);
    }
}
