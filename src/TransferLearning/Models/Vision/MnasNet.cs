namespace TransferLearning;

/// <summary>MNASNet-B1 as torchvision has it (version 2 of its checkpoints: the stem is scaled too).</summary>
public sealed class MnasNet : ModelFamily
{
    // TensorFlow's momentum of 0.9997, PyTorch's way.
    private const double Momentum = 1 - 0.9997;

    // Channels, kernel, stride, expansion, blocks: figure 7 of the paper, from the first inverted residual blocks on.
    private static readonly (int Channels, int Kernel, int Stride, int Expansion, int Blocks)[] Rows =
    [
        (24, 3, 2, 3, 3),
        (40, 5, 2, 3, 3),
        (80, 5, 2, 6, 3),
        (96, 3, 1, 6, 2),
        (192, 5, 2, 6, 4),
        (320, 3, 1, 6, 1),
    ];

    /// <inheritdoc/>
    public override string Name => "MNASNet";

    /// <inheritdoc/>
    public override string Paper
        => "Tan, Chen, Pang, Vasudevan, Sandler, Howard, Le: MnasNet: Platform-Aware Neural Architecture Search for Mobile, 2018";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelVariant> Variants { get; } =
        [Row("mnasnet0_5", 0.5), Row("mnasnet0_75", 0.75), Row("mnasnet1_0", 1.0), Row("mnasnet1_3", 1.3)];

    private static ModelVariant Row(string name, double width)
        => new(
            name,
            options => new Net(name, width, options),
            nameof(NetworkOptions.WidthMultiplier),
            nameof(NetworkOptions.TensorFlowPadding),
            nameof(NetworkOptions.BatchNormEpsilon));

    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "layers")]
        private readonly Sequential _layers;

        public Net(string name, double width, NetworkOptions options) : base(name)
        {
            width = ChannelCount.ValidMultiplier(options.WidthMultiplier ?? width);
            ConvNormOptions norms = options.ConvNorm(momentum: Momentum);
            int stem = ChannelCount.Rounded(32 * width);
            int channels = ChannelCount.Rounded(16 * width);
            List<nn.Module<Tensor, Tensor>> layers =
            [
                new Conv2d(options.InputChannels, stem, 3, stride: 2, padding: 1, padAsTensorFlow: norms.PadAsTensorFlow),
                Norm(stem, norms),
                Activation.Relu(),
                new Conv2d(stem, stem, 3, padding: 1, groups: stem),
                Norm(stem, norms),
                Activation.Relu(),
                new Conv2d(stem, channels, 1),
                Norm(channels, norms),
            ];
            List<NetworkStage> stages =
                [new("stem", ["layers.0", "layers.1"]), new("stage1", ["layers.3", "layers.4", "layers.6", "layers.7"])];
            foreach ((int unscaled, int kernel, int stride, int expansion, int blocks) in Rows)
            {
                (int inputs, int outputs) = (channels, ChannelCount.Rounded(unscaled * width));
                stages.Add(new($"stage{stages.Count}", [$"layers.{layers.Count}"]));
                layers.Add(new Sequential(Enumerable.Range(0, blocks)
                    .Select(i => Block(i == 0 ? inputs : outputs, outputs, kernel, i == 0 ? stride : 1, expansion, norms))));
                channels = outputs;
            }

            stages.Add(new("last", [$"layers.{layers.Count}", $"layers.{layers.Count + 1}"]));
            layers.AddRange([new Conv2d(channels, FeatureCount, 1), Norm(FeatureCount, norms), Activation.Relu()]);
            _layers = new Sequential(layers);
            Stages = stages;
            SetHead("classifier", new Sequential(new Dropout(0.2), new Linear(FeatureCount, options.Classes ?? 1000)));
        }

        public override int FeatureCount => 1280;
        public override IReadOnlyList<NetworkStage> Stages { get; }

        // To [N, 1280, H/32, W/32].
        protected override IReadOnlyList<BackboneStep> Steps => BackboneStep.Of(Stages, _layers.Links, "layers.");

        protected override void InitializeModule(string name, nn.Module module, Generator generator)
        {
            LayerInitializers.MobileNet(module, generator);
            if (module is Linear linear)
            {
                // He's uniform over the outputs with the gain of a sigmoid, 1.
                LayerInitializers.Uniform(linear, Math.Sqrt(3 / LayerInitializers.FanOut(linear.Weight)), generator);
            }
        }

        private static InvertedResidual Block(int inputs, int outputs, int kernel, int stride, int expansion, ConvNormOptions norms)
        {
            int hidden = inputs * expansion;
            Sequential branch = new(
                new Conv2d(inputs, hidden, 1),
                Norm(hidden, norms),
                Activation.Relu(),
                new Conv2d(hidden, hidden, kernel, stride, kernel / 2, groups: hidden, padAsTensorFlow: norms.PadAsTensorFlow),
                Norm(hidden, norms),
                Activation.Relu(),
                new Conv2d(hidden, outputs, 1),
                Norm(outputs, norms));
            return new InvertedResidual("layers", branch, addsInput: stride == 1 && inputs == outputs);
        }

        private static BatchNorm2d Norm(int channels, ConvNormOptions norms) => new(channels, norms.Epsilon, norms.Momentum);
    }
}
