namespace TransferLearning;

/// <summary>MobileNetV2 as torchvision has it: inverted residual blocks with linear bottlenecks.</summary>
/// <remarks>Weights that come from TensorFlow want <see cref="NetworkOptions.TensorFlowPadding"/>, and those of Keras also
/// <see cref="NetworkOptions.BatchNormEpsilon"/> of 1e-3.</remarks>
public sealed class MobileNetV2 : ModelFamily
{
    // Expansion, channels, blocks, stride of the first block: table 2 of the paper.
    private static readonly (int Expansion, int Channels, int Blocks, int Stride)[] Rows =
    [
        (1, 16, 1, 1),
        (6, 24, 2, 2),
        (6, 32, 3, 2),
        (6, 64, 4, 2),
        (6, 96, 3, 1),
        (6, 160, 3, 2),
        (6, 320, 1, 1),
    ];

    /// <inheritdoc/>
    public override string Name => "MobileNetV2";

    /// <inheritdoc/>
    public override string Paper => "Sandler, Howard, Zhu, Zhmoginov, Chen: MobileNetV2: Inverted Residuals and Linear Bottlenecks, 2018";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        new(
            "mobilenet_v2",
            options => new Net("mobilenet_v2", options),
            nameof(NetworkOptions.WidthMultiplier),
            nameof(NetworkOptions.TensorFlowPadding),
            nameof(NetworkOptions.BatchNormEpsilon)),
    ];

    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "features")]
        private readonly Sequential _features;

        public Net(string name, NetworkOptions options) : base(name)
        {
            double width = ChannelCount.ValidMultiplier(options.WidthMultiplier ?? 1);
            ConvNormOptions norms = options.ConvNorm();
            int channels = ChannelCount.Rounded(32 * width);
            List<nn.Module<Tensor, Tensor>> features =
                [new ConvNormActivation(options.InputChannels, channels, 3, PointwiseFunction.Relu6, stride: 2, options: norms)];
            List<NetworkStage> stages = [new("stem", ["features.0"])];
            foreach ((int expansion, int outputs, int blocks, int stride) in Rows)
            {
                int begin = features.Count;
                for (int i = 0; i < blocks; i++)
                {
                    int scaled = ChannelCount.Rounded(outputs * width);
                    features.Add(Block(channels, scaled, i == 0 ? stride : 1, expansion, norms));
                    channels = scaled;
                }

                stages.Add(NetworkStage.OfRange($"stage{stages.Count}", "features", begin, features.Count));
            }

            FeatureCount = ChannelCount.Rounded(1280 * Math.Max(1, width));
            stages.Add(new("last", [$"features.{features.Count}"]));
            features.Add(new ConvNormActivation(channels, FeatureCount, 1, PointwiseFunction.Relu6, options: norms));
            _features = new Sequential(features);
            Stages = stages;
            SetHead("classifier", new Sequential(new Dropout(0.2), new Linear(FeatureCount, options.Classes ?? 1000)));
        }

        public override int FeatureCount { get; }
        public override IReadOnlyList<NetworkStage> Stages { get; }

        // To [N, 1280, H/32, W/32].
        protected override IReadOnlyList<BackboneStep> Steps => BackboneStep.Of(Stages, _features.Links, "features.");

        protected override void InitializeModule(string name, nn.Module module, Generator generator)
            => LayerInitializers.MobileNet(module, generator);

        private static InvertedResidual Block(int inputs, int outputs, int stride, int expansion, ConvNormOptions norms)
        {
            int hidden = inputs * expansion;
            List<nn.Module<Tensor, Tensor>> branch = [];
            if (expansion != 1)
            {
                branch.Add(new ConvNormActivation(inputs, hidden, 1, PointwiseFunction.Relu6, options: norms));
            }

            branch.Add(new ConvNormActivation(hidden, hidden, 3, PointwiseFunction.Relu6, stride, groups: hidden, options: norms));
            branch.Add(new Conv2d(hidden, outputs, 1));
            branch.Add(new BatchNorm2d(outputs, norms.Epsilon, norms.Momentum));
            return new InvertedResidual("conv", new Sequential(branch), addsInput: stride == 1 && inputs == outputs);
        }
    }
}
