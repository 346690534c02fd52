namespace TransferLearning;

/// <summary>
/// Residual networks as torchvision has them: ResNet, ResNeXt and Wide ResNet. The stride of a bottleneck lies in its 3x3
/// convolution ("V1.5"), unless <see cref="NetworkOptions.StrideInFirstConvolution"/> puts it into the first as the paper does.
/// <c>resnet18_cntk</c> is the ResNet-18 that CNTK published and ML.NET's image featurizer uses: one block more in its last stage.
/// </summary>
public sealed class ResNet : ModelFamily
{
    /// <inheritdoc/>
    public override string Name => "ResNet";

    /// <inheritdoc/>
    public override string Paper
        => "He, Zhang, Ren, Sun: Deep Residual Learning for Image Recognition, 2015; Xie et al.: Aggregated Residual Transformations "
            + "(ResNeXt), 2016; Zagoruyko, Komodakis: Wide Residual Networks, 2016";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        Row("resnet18", bottleneck: false, [2, 2, 2, 2]),
        Row("resnet18_cntk", bottleneck: false, [2, 2, 2, 3], preprocess: Cntk),
        Row("resnet34", bottleneck: false, [3, 4, 6, 3]),
        Row("resnet50", bottleneck: true, [3, 4, 6, 3]),
        Row("resnet101", bottleneck: true, [3, 4, 23, 3]),
        Row("resnet152", bottleneck: true, [3, 8, 36, 3]),
        Row("resnext50_32x4d", bottleneck: true, [3, 4, 6, 3], groups: 32, widthOfGroup: 4),
        Row("resnext101_32x8d", bottleneck: true, [3, 4, 23, 3], groups: 32, widthOfGroup: 8),
        Row("resnext101_64x4d", bottleneck: true, [3, 4, 23, 3], groups: 64, widthOfGroup: 4),
        Row("wide_resnet50_2", bottleneck: true, [3, 4, 6, 3], widthOfGroup: 128),
        Row("wide_resnet101_2", bottleneck: true, [3, 4, 23, 3], widthOfGroup: 128),
    ];

    // Its mean image, of which this is the average, and no deviation.
    private static ImagePreprocess Cntk
        => ImagePreprocess.ImageNet with { Mean = new(0.482948f, 0.454521f, 0.404167f), Std = new(1, 1, 1) };

    private static ModelVariant Row(
        string name, bool bottleneck, int[] blocks, int groups = 1, int widthOfGroup = 64, ImagePreprocess? preprocess = null)
        => new(
            name,
            options => new Net(name, bottleneck, blocks, groups, widthOfGroup, options),
            [
                nameof(NetworkOptions.ReplaceStrideWithDilation),
                nameof(NetworkOptions.BatchNormEpsilon),
                .. bottleneck ? [nameof(NetworkOptions.StrideInFirstConvolution)] : Array.Empty<string>(),
            ])
        {
            Preprocess = preprocess ?? ImagePreprocess.ImageNet,
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

        [ComponentName(Name = "layer4")]
        private readonly Sequential _layer4;

        public Net(string name, bool bottleneck, int[] blocks, int groups, int widthOfGroup, NetworkOptions options) : base(name)
        {
            IReadOnlyList<bool> dilate = options.ReplaceStrideWithDilation ?? [false, false, false];
            if (dilate.Count != 3)
            {
                throw new ArgumentException(
                    $"{name}: ReplaceStrideWithDilation needs 3 values, for layer2 to layer4, and has {dilate.Count}.", nameof(options));
            }

            double epsilon = options.BatchNormEpsilon ?? 1e-5;
            bool stridesFirst = options.StrideInFirstConvolution ?? false;
            int expansion = bottleneck ? Bottleneck.Expansion : 1;
            int inputs = 64;
            int dilation = 1;
            _stem = new Conv2d(options.InputChannels, inputs, 7, stride: 2, padding: 3);
            _stemNorm = new BatchNorm2d(inputs, epsilon);
            _layer1 = Stage(64, blocks[0], 1, dilates: false);
            _layer2 = Stage(128, blocks[1], 2, dilate[0]);
            _layer3 = Stage(256, blocks[2], 2, dilate[1]);
            _layer4 = Stage(512, blocks[3], 2, dilate[2]);
            FeatureCount = 512 * expansion;
            SetHead("fc", new Linear(FeatureCount, options.Classes ?? 1000));

            Sequential Stage(int width, int count, int stride, bool dilates)
            {
                // The first block still has the dilation of the stage before.
                int firstDilation = dilation;
                if (dilates)
                {
                    (dilation, stride) = (dilation * stride, 1);
                }

                List<nn.Module<Tensor, Tensor>> stage = [];
                for (int i = 0; i < count; i++)
                {
                    int step = i == 0 ? stride : 1;
                    Sequential? shortcut = i == 0 && (stride != 1 || inputs != width * expansion)
                        ? new Sequential(new Conv2d(inputs, width * expansion, 1, step), new BatchNorm2d(width * expansion, epsilon))
                        : null;
                    stage.Add(bottleneck
                        ? new Bottleneck(
                            inputs, width, step, i == 0 ? firstDilation : dilation, groups, widthOfGroup, epsilon, stridesFirst, shortcut)
                        : new BasicBlock(inputs, width, step, i == 0 ? firstDilation : dilation, epsilon, shortcut));
                    inputs = width * expansion;
                }

                return new Sequential(stage);
            }
        }

        public override int FeatureCount { get; }

        public override IReadOnlyList<NetworkStage> Stages { get; } =
            [new("stem", ["conv1", "bn1"]), new("layer1"), new("layer2"), new("layer3"), new("layer4")];

        protected override IReadOnlyList<BackboneStep> Steps =>
        [
            // [N, 64, H/2, W/2]
            new("stem", images => ConvNorm.Run(_stem, _stemNorm, images, PointwiseFunction.Relu, feedsConvolution: true)),
            new("stem", map => MaxPool.Run(map, 3, 2, 1)), // [N, 64, H/4, W/4]
            new("layer1", _layer1.call),
            new("layer2", _layer2.call),
            new("layer3", _layer3.call),
            new("layer4", _layer4.call), // [N, C, H/32, W/32]
        ];

        protected override void InitializeModule(string name, nn.Module module, Generator generator)
        {
            LayerInitializers.Default(module, generator);
            if (module is Conv2d convolution)
            {
                LayerInitializers.HeNormalFanOut(convolution, generator);
            }
        }
    }

    private sealed class BasicBlock : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "conv1")]
        private readonly Conv2d _first;

        [ComponentName(Name = "bn1")]
        private readonly BatchNorm2d _firstNorm;

        [ComponentName(Name = "conv2")]
        private readonly Conv2d _second;

        [ComponentName(Name = "bn2")]
        private readonly BatchNorm2d _secondNorm;

        [ComponentName(Name = "downsample")]
        private readonly Sequential? _shortcut;

        public BasicBlock(int inputs, int width, int stride, int dilation, double epsilon, Sequential? shortcut) : base(nameof(BasicBlock))
        {
            if (dilation > 1)
            {
                throw new ArgumentException(
                    "The basic blocks of resnet18 and resnet34 cannot dilate; use resnet50 or larger with ReplaceStrideWithDilation.");
            }

            _first = new Conv2d(inputs, width, 3, stride, padding: 1);
            _firstNorm = new BatchNorm2d(width, epsilon);
            _second = new Conv2d(width, width, 3, padding: 1);
            _secondNorm = new BatchNorm2d(width, epsilon);
            _shortcut = shortcut;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = ConvNorm.Run(_first, _firstNorm, input, PointwiseFunction.Relu, feedsConvolution: true);
            return ConvNorm.Run(_second, _secondNorm, x, PointwiseFunction.Relu, _shortcut?.call(input) ?? input).MoveToOuterDisposeScope();
        }
    }

    private sealed class Bottleneck : nn.Module<Tensor, Tensor>
    {
        public const int Expansion = 4;

        [ComponentName(Name = "conv1")]
        private readonly Conv2d _reduce;

        [ComponentName(Name = "bn1")]
        private readonly BatchNorm2d _reduceNorm;

        [ComponentName(Name = "conv2")]
        private readonly Conv2d _spatial;

        [ComponentName(Name = "bn2")]
        private readonly BatchNorm2d _spatialNorm;

        [ComponentName(Name = "conv3")]
        private readonly Conv2d _expand;

        [ComponentName(Name = "bn3")]
        private readonly BatchNorm2d _expandNorm;

        [ComponentName(Name = "downsample")]
        private readonly Sequential? _shortcut;

        public Bottleneck(
            int inputs, int planes, int stride, int dilation, int groups, int widthOfGroup, double epsilon, bool stridesFirst,
            Sequential? shortcut)
            : base(nameof(Bottleneck))
        {
            int width = planes * widthOfGroup / 64 * groups;
            _reduce = new Conv2d(inputs, width, 1, stridesFirst ? stride : 1);
            _reduceNorm = new BatchNorm2d(width, epsilon);
            _spatial = new Conv2d(width, width, 3, stridesFirst ? 1 : stride, padding: dilation, dilation, groups);
            _spatialNorm = new BatchNorm2d(width, epsilon);
            _expand = new Conv2d(width, planes * Expansion, 1);
            _expandNorm = new BatchNorm2d(planes * Expansion, epsilon);
            _shortcut = shortcut;
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = ConvNorm.Run(_reduce, _reduceNorm, input, PointwiseFunction.Relu, feedsConvolution: true);
            x = ConvNorm.Run(_spatial, _spatialNorm, x, PointwiseFunction.Relu, feedsConvolution: true);
            return ConvNorm.Run(_expand, _expandNorm, x, PointwiseFunction.Relu, _shortcut?.call(input) ?? input).MoveToOuterDisposeScope();
        }
    }
}
