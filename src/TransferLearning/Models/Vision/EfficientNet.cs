namespace TransferLearning;

/// <summary>EfficientNet B0 to B7 and EfficientNetV2 S, M and L as torchvision has them.</summary>
/// <remarks>Batch normalisation has an epsilon of 1e-5 in B0 to B4 and of 1e-3 in the others.</remarks>
public sealed class EfficientNet : ModelFamily
{
    private const double StochasticDepthProbability = 0.2;

    // Table 1 of the first paper: B0, which B1 to B7 widen and deepen.
    private static readonly Row[] Base =
    [
        new(Fused: false, Expansion: 1, Kernel: 3, Stride: 1, Inputs: 32, Outputs: 16, Blocks: 1),
        new(Fused: false, Expansion: 6, Kernel: 3, Stride: 2, Inputs: 16, Outputs: 24, Blocks: 2),
        new(Fused: false, Expansion: 6, Kernel: 5, Stride: 2, Inputs: 24, Outputs: 40, Blocks: 2),
        new(Fused: false, Expansion: 6, Kernel: 3, Stride: 2, Inputs: 40, Outputs: 80, Blocks: 3),
        new(Fused: false, Expansion: 6, Kernel: 5, Stride: 1, Inputs: 80, Outputs: 112, Blocks: 3),
        new(Fused: false, Expansion: 6, Kernel: 5, Stride: 2, Inputs: 112, Outputs: 192, Blocks: 4),
        new(Fused: false, Expansion: 6, Kernel: 3, Stride: 1, Inputs: 192, Outputs: 320, Blocks: 1),
    ];

    // Table 4 of the second paper, and its larger forms.
    private static readonly Row[] Small =
    [
        new(Fused: true, Expansion: 1, Kernel: 3, Stride: 1, Inputs: 24, Outputs: 24, Blocks: 2),
        new(Fused: true, Expansion: 4, Kernel: 3, Stride: 2, Inputs: 24, Outputs: 48, Blocks: 4),
        new(Fused: true, Expansion: 4, Kernel: 3, Stride: 2, Inputs: 48, Outputs: 64, Blocks: 4),
        new(Fused: false, Expansion: 4, Kernel: 3, Stride: 2, Inputs: 64, Outputs: 128, Blocks: 6),
        new(Fused: false, Expansion: 6, Kernel: 3, Stride: 1, Inputs: 128, Outputs: 160, Blocks: 9),
        new(Fused: false, Expansion: 6, Kernel: 3, Stride: 2, Inputs: 160, Outputs: 256, Blocks: 15),
    ];

    private static readonly Row[] Medium =
    [
        new(Fused: true, Expansion: 1, Kernel: 3, Stride: 1, Inputs: 24, Outputs: 24, Blocks: 3),
        new(Fused: true, Expansion: 4, Kernel: 3, Stride: 2, Inputs: 24, Outputs: 48, Blocks: 5),
        new(Fused: true, Expansion: 4, Kernel: 3, Stride: 2, Inputs: 48, Outputs: 80, Blocks: 5),
        new(Fused: false, Expansion: 4, Kernel: 3, Stride: 2, Inputs: 80, Outputs: 160, Blocks: 7),
        new(Fused: false, Expansion: 6, Kernel: 3, Stride: 1, Inputs: 160, Outputs: 176, Blocks: 14),
        new(Fused: false, Expansion: 6, Kernel: 3, Stride: 2, Inputs: 176, Outputs: 304, Blocks: 18),
        new(Fused: false, Expansion: 6, Kernel: 3, Stride: 1, Inputs: 304, Outputs: 512, Blocks: 5),
    ];

    private static readonly Row[] Large =
    [
        new(Fused: true, Expansion: 1, Kernel: 3, Stride: 1, Inputs: 32, Outputs: 32, Blocks: 4),
        new(Fused: true, Expansion: 4, Kernel: 3, Stride: 2, Inputs: 32, Outputs: 64, Blocks: 7),
        new(Fused: true, Expansion: 4, Kernel: 3, Stride: 2, Inputs: 64, Outputs: 96, Blocks: 7),
        new(Fused: false, Expansion: 4, Kernel: 3, Stride: 2, Inputs: 96, Outputs: 192, Blocks: 10),
        new(Fused: false, Expansion: 6, Kernel: 3, Stride: 1, Inputs: 192, Outputs: 224, Blocks: 19),
        new(Fused: false, Expansion: 6, Kernel: 3, Stride: 2, Inputs: 224, Outputs: 384, Blocks: 25),
        new(Fused: false, Expansion: 6, Kernel: 3, Stride: 1, Inputs: 384, Outputs: 640, Blocks: 7),
    ];

    /// <inheritdoc/>
    public override string Name => "EfficientNet";

    /// <inheritdoc/>
    public override string Paper
        => "Tan, Le: EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks, 2019; "
            + "Tan, Le: EfficientNetV2: Smaller Models and Faster Training, 2021";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        Scaled("efficientnet_b0", width: 1.0, depth: 1.0, dropout: 0.2, resize: 256, crop: 224),
        Scaled("efficientnet_b1", width: 1.0, depth: 1.1, dropout: 0.2, resize: 256, crop: 240),
        Scaled("efficientnet_b2", width: 1.1, depth: 1.2, dropout: 0.3, resize: 288, crop: 288),
        Scaled("efficientnet_b3", width: 1.2, depth: 1.4, dropout: 0.3, resize: 320, crop: 300),
        Scaled("efficientnet_b4", width: 1.4, depth: 1.8, dropout: 0.4, resize: 384, crop: 380),
        Scaled("efficientnet_b5", width: 1.6, depth: 2.2, dropout: 0.4, resize: 456, crop: 456, epsilon: 1e-3, momentum: 0.01),
        Scaled("efficientnet_b6", width: 1.8, depth: 2.6, dropout: 0.5, resize: 528, crop: 528, epsilon: 1e-3, momentum: 0.01),
        Scaled("efficientnet_b7", width: 2.0, depth: 3.1, dropout: 0.5, resize: 600, crop: 600, epsilon: 1e-3, momentum: 0.01),
        Second("efficientnet_v2_s", Small, 0.2, new(384, 384, ChannelValues.ImageNetMean, ChannelValues.ImageNetStd)),
        Second("efficientnet_v2_m", Medium, 0.3, new(480, 480, ChannelValues.ImageNetMean, ChannelValues.ImageNetStd)),
        Second("efficientnet_v2_l", Large, 0.4, new(480, 480, new(0.5f, 0.5f, 0.5f), new(0.5f, 0.5f, 0.5f), Interpolation.Bicubic)),
    ];

    private static ModelVariant Scaled(
        string name, double width, double depth, double dropout, int resize, int crop, double epsilon = 1e-5, double momentum = 0.1)
    {
        IReadOnlyList<Row> rows =
        [
            .. Base.Select(row => row with
            {
                Inputs = ChannelCount.Rounded(row.Inputs * width),
                Outputs = ChannelCount.Rounded(row.Outputs * width),
                Blocks = (int)Math.Ceiling(row.Blocks * depth),
            }),
        ];
        return Variant(
            new Plan(name, rows, 4 * rows[^1].Outputs, dropout, epsilon, momentum),
            new(resize, crop, ChannelValues.ImageNetMean, ChannelValues.ImageNetStd, Interpolation.Bicubic));
    }

    private static ModelVariant Second(string name, IReadOnlyList<Row> rows, double dropout, ImagePreprocess preprocess)
        => Variant(new Plan(name, rows, 1280, dropout, Epsilon: 1e-3, Momentum: 0.1), preprocess);

    private static ModelVariant Variant(Plan plan, ImagePreprocess preprocess)
        => new(
            plan.Name, options => new Net(plan, options), nameof(NetworkOptions.TensorFlowPadding), nameof(NetworkOptions.BatchNormEpsilon))
        {
            Preprocess = preprocess,
        };

    private sealed record Row(bool Fused, int Expansion, int Kernel, int Stride, int Inputs, int Outputs, int Blocks);

    private sealed record Plan(string Name, IReadOnlyList<Row> Rows, int Features, double Dropout, double Epsilon, double Momentum);

    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "features")]
        private readonly Sequential _features;

        public Net(Plan plan, NetworkOptions options) : base(plan.Name)
        {
            ConvNormOptions norms = options.ConvNorm(plan.Epsilon, plan.Momentum);
            List<nn.Module<Tensor, Tensor>> features =
                [new ConvNormActivation(options.InputChannels, plan.Rows[0].Inputs, 3, PointwiseFunction.Silu, stride: 2, options: norms)];
            int all = plan.Rows.Sum(row => row.Blocks);
            int before = 0;
            foreach (Row row in plan.Rows)
            {
                List<nn.Module<Tensor, Tensor>> blocks = [];
                Row current = row;
                for (; blocks.Count < row.Blocks; before++)
                {
                    // The deeper a block lies, the more often its branch is dropped.
                    blocks.Add(Block(current, StochasticDepthProbability * before / all, norms));
                    current = row with { Inputs = row.Outputs, Stride = 1 };
                }

                features.Add(new Sequential(blocks));
            }

            features.Add(new ConvNormActivation(plan.Rows[^1].Outputs, plan.Features, 1, PointwiseFunction.Silu, options: norms));
            _features = new Sequential(features);
            FeatureCount = plan.Features;
            Stages =
            [
                new("stem", ["features.0"]),
                .. Enumerable.Range(1, plan.Rows.Count).Select(i => new NetworkStage($"stage{i}", [$"features.{i}"])),
                new("last", [$"features.{plan.Rows.Count + 1}"]),
            ];
            SetHead("classifier", new Sequential(new Dropout(plan.Dropout), new Linear(FeatureCount, options.Classes ?? 1000)));
        }

        public override int FeatureCount { get; }
        public override IReadOnlyList<NetworkStage> Stages { get; }

        // To [N, C, H/32, W/32].
        protected override IReadOnlyList<BackboneStep> Steps => BackboneStep.Of(Stages, _features.Links, "features.");

        protected override void InitializeModule(string name, nn.Module module, Generator generator)
        {
            LayerInitializers.MobileNet(module, generator);
            if (module is Linear linear)
            {
                LayerInitializers.Uniform(linear, 1 / Math.Sqrt(linear.Weight.size(0)), generator);
            }
        }

        private static InvertedResidual Block(Row row, double dropProbability, ConvNormOptions norms)
        {
            int expanded = ChannelCount.Rounded(row.Inputs * row.Expansion);
            Sequential branch = new(row.Fused ? FusedBranch(row, expanded, norms) : Branch(row, expanded, norms));
            return new InvertedResidual("block", branch, addsInput: row.Stride == 1 && row.Inputs == row.Outputs, dropProbability);
        }

        // Widen, filter each channel, gate, narrow.
        private static IEnumerable<nn.Module<Tensor, Tensor>> Branch(Row row, int expanded, ConvNormOptions norms)
        {
            if (expanded != row.Inputs)
            {
                yield return new ConvNormActivation(row.Inputs, expanded, 1, PointwiseFunction.Silu, options: norms);
            }

            yield return new ConvNormActivation(
                expanded, expanded, row.Kernel, PointwiseFunction.Silu, row.Stride, groups: expanded, options: norms);
            yield return new SqueezeExcitation(expanded, Math.Max(1, row.Inputs / 4), activate: PointwiseFunction.Silu);
            yield return new ConvNormActivation(expanded, row.Outputs, 1, activate: null, options: norms);
        }

        // Widening and filtering in one full convolution, without a gate; one convolution does all where nothing is widened.
        private static IEnumerable<nn.Module<Tensor, Tensor>> FusedBranch(Row row, int expanded, ConvNormOptions norms)
        {
            bool widens = expanded != row.Inputs;
            yield return new ConvNormActivation(
                row.Inputs, widens ? expanded : row.Outputs, row.Kernel, PointwiseFunction.Silu, row.Stride, options: norms);
            if (widens)
            {
                yield return new ConvNormActivation(expanded, row.Outputs, 1, activate: null, options: norms);
            }
        }
    }
}
