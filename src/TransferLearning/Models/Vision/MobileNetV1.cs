namespace TransferLearning;

/// <summary>MobileNet, the first version: blocks of a depthwise and a pointwise convolution.</summary>
/// <remarks>
/// Parameter names are those of timm's ports, with the blocks numbered in one row; batch normalisation has Keras' epsilon of 1e-3. Weights
/// that come from TensorFlow or Keras want <see cref="NetworkOptions.TensorFlowPadding"/>.
/// <para><c>mobilenet_v1_12</c> ends after the twelfth of the thirteen blocks, with as many features at the same stride: for backbones that
/// are published without the last block, whose pointwise convolution is a third of all backbone weights.</para>
/// </remarks>
public sealed class MobileNetV1 : ModelFamily
{
    private const int AllBlocks = 13;

    // Channels and stride of the blocks with one size of map: table 1 of the paper.
    private static readonly (int Channels, int Stride)[][] Rows =
    [
        [(64, 1)],
        [(128, 2), (128, 1)],
        [(256, 2), (256, 1)],
        [(512, 2), (512, 1), (512, 1), (512, 1), (512, 1), (512, 1)],
        [(1024, 2), (1024, 1)],
    ];

    /// <inheritdoc/>
    public override string Name => "MobileNetV1";

    /// <inheritdoc/>
    public override string Paper
        => "Howard, Zhu, Chen, Kalenichenko, Wang, Weyand, Andreetto, Adam: MobileNets: Efficient Convolutional Neural Networks "
            + "for Mobile Vision Applications, 2017";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelVariant> Variants { get; } = [Row("mobilenet_v1", AllBlocks), Row("mobilenet_v1_12", AllBlocks - 1)];

    private static ModelVariant Row(string name, int blocks)
        => new(
            name,
            options => new Net(name, blocks, options),
            nameof(NetworkOptions.WidthMultiplier),
            nameof(NetworkOptions.TensorFlowPadding),
            nameof(NetworkOptions.BatchNormEpsilon))
        {
            Preprocess = ImagePreprocess.MinusOneToOne,
        };

    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "conv_stem")]
        private readonly Conv2d _stem;

        [ComponentName(Name = "bn1")]
        private readonly BatchNorm2d _stemNorm;

        [ComponentName(Name = "blocks")]
        private readonly Sequential _blocks;

        public Net(string name, int blocks, NetworkOptions options) : base(name)
        {
            double width = ChannelCount.ValidMultiplier(options.WidthMultiplier ?? 1);
            ConvNormOptions norms = options.ConvNorm(epsilon: 1e-3, momentum: 0.01);
            int channels = ChannelCount.Rounded(32 * width);
            _stem = new Conv2d(options.InputChannels, channels, 3, stride: 2, padding: 1, padAsTensorFlow: norms.PadAsTensorFlow);
            _stemNorm = new BatchNorm2d(channels, norms.Epsilon, norms.Momentum);
            List<nn.Module<Tensor, Tensor>> chain = [];
            List<NetworkStage> stages = [new("stem", ["conv_stem", "bn1"])];
            foreach ((int Channels, int Stride)[] row in Rows)
            {
                int begin = chain.Count;
                foreach ((int outputs, int stride) in row.Take(blocks - begin))
                {
                    int scaled = ChannelCount.Rounded(outputs * width);
                    chain.Add(new Block(channels, scaled, stride, norms));
                    channels = scaled;
                }

                stages.Add(NetworkStage.OfRange($"stage{stages.Count}", "blocks", begin, chain.Count));
            }

            _blocks = new Sequential(chain);
            (FeatureCount, Stages) = (channels, stages);
            SetHead("classifier", new Linear(FeatureCount, options.Classes ?? 1000));
        }

        public override int FeatureCount { get; }
        public override IReadOnlyList<NetworkStage> Stages { get; }

        protected override IReadOnlyList<BackboneStep> Steps =>
        [
            new("stem", images => ConvNorm.Run(_stem, _stemNorm, images, PointwiseFunction.Relu6)), // [N, 32, H/2, W/2]
            .. BackboneStep.Of(Stages, _blocks.Links, "blocks."), // to [N, 1024, H/32, W/32]
        ];

        protected override void InitializeModule(string name, nn.Module module, Generator generator)
            => LayerInitializers.MobileNet(module, generator);
    }

    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "conv_dw")]
        private readonly Conv2d _depthwise;

        [ComponentName(Name = "bn1")]
        private readonly BatchNorm2d _depthwiseNorm;

        [ComponentName(Name = "conv_pw")]
        private readonly Conv2d _pointwise;

        [ComponentName(Name = "bn2")]
        private readonly BatchNorm2d _pointwiseNorm;

        public Block(int inputs, int outputs, int stride, ConvNormOptions norms) : base(nameof(Block))
        {
            _depthwise = new Conv2d(inputs, inputs, 3, stride, padding: 1, groups: inputs, padAsTensorFlow: norms.PadAsTensorFlow);
            _depthwiseNorm = new BatchNorm2d(inputs, norms.Epsilon, norms.Momentum);
            _pointwise = new Conv2d(inputs, outputs, 1);
            _pointwiseNorm = new BatchNorm2d(outputs, norms.Epsilon, norms.Momentum);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = ConvNorm.Run(_depthwise, _depthwiseNorm, input, PointwiseFunction.Relu6, feedsConvolution: true);
            return ConvNorm.Run(_pointwise, _pointwiseNorm, x, PointwiseFunction.Relu6).MoveToOuterDisposeScope();
        }
    }
}
