namespace TransferLearning;

/// <summary>MobileNetV3, large and small, as torchvision has them.</summary>
/// <remarks>
/// Batch normalisation has an epsilon of 1e-3. <see cref="NetworkOptions.ReducedTail"/> halves the channels of the last stage and
/// <see cref="NetworkOptions.Dilated"/> keeps its map as large as the stage before: the paper's forms for detection and segmentation.
/// </remarks>
public sealed class MobileNetV3 : ModelFamily
{
    // The last stage, whose width and stride the options change, is as long in both networks.
    private const int TailLength = 3;

    // Tables 1 and 2 of the paper.
    private static readonly Row[] Large =
    [
        new(3, 16, 16, Squeezes: false, Swish: false, Stride: 1),
        new(3, 64, 24, Squeezes: false, Swish: false, Stride: 2),
        new(3, 72, 24, Squeezes: false, Swish: false, Stride: 1),
        new(5, 72, 40, Squeezes: true, Swish: false, Stride: 2),
        new(5, 120, 40, Squeezes: true, Swish: false, Stride: 1),
        new(5, 120, 40, Squeezes: true, Swish: false, Stride: 1),
        new(3, 240, 80, Squeezes: false, Swish: true, Stride: 2),
        new(3, 200, 80, Squeezes: false, Swish: true, Stride: 1),
        new(3, 184, 80, Squeezes: false, Swish: true, Stride: 1),
        new(3, 184, 80, Squeezes: false, Swish: true, Stride: 1),
        new(3, 480, 112, Squeezes: true, Swish: true, Stride: 1),
        new(3, 672, 112, Squeezes: true, Swish: true, Stride: 1),
        new(5, 672, 160, Squeezes: true, Swish: true, Stride: 2),
        new(5, 960, 160, Squeezes: true, Swish: true, Stride: 1),
        new(5, 960, 160, Squeezes: true, Swish: true, Stride: 1),
    ];

    private static readonly Row[] Small =
    [
        new(3, 16, 16, Squeezes: true, Swish: false, Stride: 2),
        new(3, 72, 24, Squeezes: false, Swish: false, Stride: 2),
        new(3, 88, 24, Squeezes: false, Swish: false, Stride: 1),
        new(5, 96, 40, Squeezes: true, Swish: true, Stride: 2),
        new(5, 240, 40, Squeezes: true, Swish: true, Stride: 1),
        new(5, 240, 40, Squeezes: true, Swish: true, Stride: 1),
        new(5, 120, 48, Squeezes: true, Swish: true, Stride: 1),
        new(5, 144, 48, Squeezes: true, Swish: true, Stride: 1),
        new(5, 288, 96, Squeezes: true, Swish: true, Stride: 2),
        new(5, 576, 96, Squeezes: true, Swish: true, Stride: 1),
        new(5, 576, 96, Squeezes: true, Swish: true, Stride: 1),
    ];

    /// <inheritdoc/>
    public override string Name => "MobileNetV3";

    /// <inheritdoc/>
    public override string Paper
        => "Howard, Sandler, Chu, Chen, Chen, Tan, Wang, Zhu, Pang, Vasudevan, Le, Adam: Searching for MobileNetV3, 2019";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelVariant> Variants { get; } =
        [Variant("mobilenet_v3_large", Large, hidden: 1280), Variant("mobilenet_v3_small", Small, hidden: 1024)];

    private static ModelVariant Variant(string name, Row[] rows, int hidden)
        => new(
            name,
            options => new Net(name, rows, hidden, options),
            nameof(NetworkOptions.WidthMultiplier),
            nameof(NetworkOptions.ReducedTail),
            nameof(NetworkOptions.Dilated),
            nameof(NetworkOptions.TensorFlowPadding),
            nameof(NetworkOptions.BatchNormEpsilon));

    private sealed record Row(int Kernel, int Expanded, int Outputs, bool Squeezes, bool Swish, int Stride);

    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "features")]
        private readonly Sequential _features;

        public Net(string name, Row[] rows, int hidden, NetworkOptions options) : base(name)
        {
            double width = ChannelCount.ValidMultiplier(options.WidthMultiplier ?? 1);
            int divisor = options.ReducedTail == true ? 2 : 1;
            int tailDilation = options.Dilated == true ? 2 : 1;
            int tailBegin = rows.Length - TailLength;
            ConvNormOptions norms = options.ConvNorm(epsilon: 1e-3, momentum: 0.01);
            int channels = Scaled(16);
            List<nn.Module<Tensor, Tensor>> features =
                [new ConvNormActivation(options.InputChannels, channels, 3, PointwiseFunction.Hardswish, stride: 2, options: norms)];
            List<List<string>> stages = [["features.0"], []];
            for (int i = 0; i < rows.Length; i++)
            {
                Row row = rows[i];
                if (row.Stride > 1 && stages[^1].Count > 0)
                {
                    stages.Add([]);
                }

                stages[^1].Add($"features.{features.Count}");
                int expanded = Scaled(i > tailBegin ? row.Expanded / divisor : row.Expanded);
                int outputs = Scaled(i >= tailBegin ? row.Outputs / divisor : row.Outputs);
                features.Add(Block(row, channels, expanded, outputs, i >= tailBegin ? tailDilation : 1, norms));
                channels = outputs;
            }

            FeatureCount = 6 * channels;
            stages.Add([$"features.{features.Count}"]);
            features.Add(new ConvNormActivation(channels, FeatureCount, 1, PointwiseFunction.Hardswish, options: norms));
            _features = new Sequential(features);
            Stages =
            [
                new("stem", stages[0]),
                .. stages[1..^1].Select((prefixes, i) => new NetworkStage($"stage{i + 1}", prefixes)),
                new("last", stages[^1]),
            ];
            int neurons = Scaled(hidden / divisor);
            SetHead(
                "classifier",
                new Sequential(
                    new Linear(FeatureCount, neurons),
                    Activation.Hardswish(),
                    new Dropout(0.2),
                    new Linear(neurons, options.Classes ?? 1000)));

            int Scaled(int count) => ChannelCount.Rounded(count * width);
        }

        public override int FeatureCount { get; }
        public override IReadOnlyList<NetworkStage> Stages { get; }

        // To [N, C, H/32, W/32].
        protected override IReadOnlyList<BackboneStep> Steps => BackboneStep.Of(Stages, _features.Links, "features.");

        protected override void InitializeModule(string name, nn.Module module, Generator generator)
            => LayerInitializers.MobileNet(module, generator);

        private static InvertedResidual Block(Row row, int inputs, int expanded, int outputs, int dilation, ConvNormOptions norms)
        {
            PointwiseFunction activate = row.Swish ? PointwiseFunction.Hardswish : PointwiseFunction.Relu;
            List<nn.Module<Tensor, Tensor>> branch = [];
            if (expanded != inputs)
            {
                branch.Add(new ConvNormActivation(inputs, expanded, 1, activate, options: norms));
            }

            int stride = dilation > 1 ? 1 : row.Stride;
            branch.Add(new ConvNormActivation(expanded, expanded, row.Kernel, activate, stride, dilation, expanded, norms));
            if (row.Squeezes)
            {
                branch.Add(new SqueezeExcitation(expanded, ChannelCount.Rounded(expanded / 4), gate: x => nn.functional.hardsigmoid(x)));
            }

            branch.Add(new ConvNormActivation(expanded, outputs, 1, activate: null, options: norms));

            // The stride as published counts, even where dilation has taken its place.
            return new InvertedResidual("block", new Sequential(branch), addsInput: row.Stride == 1 && inputs == outputs);
        }
    }
}
