namespace TransferLearning;

/// <summary>RegNet X and Y as torchvision has them: residual networks whose widths and depths follow from four numbers.</summary>
public sealed class RegNet : ModelFamily
{
    /// <inheritdoc/>
    public override string Name => "RegNet";

    /// <inheritdoc/>
    public override string Paper => "Radosavovic, Kosaraju, Girshick, He, Dollár: Designing Network Design Spaces, 2020";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        Row("regnet_x_400mf", depth: 22, width: 24, slope: 24.48, ratio: 2.54, groupWidth: 16),
        Row("regnet_x_800mf", depth: 16, width: 56, slope: 35.73, ratio: 2.28, groupWidth: 16),
        Row("regnet_x_1_6gf", depth: 18, width: 80, slope: 34.01, ratio: 2.25, groupWidth: 24),
        Row("regnet_x_3_2gf", depth: 25, width: 88, slope: 26.31, ratio: 2.25, groupWidth: 48),
        Row("regnet_x_8gf", depth: 23, width: 80, slope: 49.56, ratio: 2.88, groupWidth: 120),
        Row("regnet_x_16gf", depth: 22, width: 216, slope: 55.59, ratio: 2.1, groupWidth: 128),
        Row("regnet_x_32gf", depth: 23, width: 320, slope: 69.86, ratio: 2.0, groupWidth: 168),
        Row("regnet_y_400mf", depth: 16, width: 48, slope: 27.89, ratio: 2.09, groupWidth: 8, squeezes: true),
        Row("regnet_y_800mf", depth: 14, width: 56, slope: 38.84, ratio: 2.4, groupWidth: 16, squeezes: true),
        Row("regnet_y_1_6gf", depth: 27, width: 48, slope: 20.71, ratio: 2.65, groupWidth: 24, squeezes: true),
        Row("regnet_y_3_2gf", depth: 21, width: 80, slope: 42.63, ratio: 2.66, groupWidth: 24, squeezes: true),
        Row("regnet_y_8gf", depth: 17, width: 192, slope: 76.82, ratio: 2.19, groupWidth: 56, squeezes: true),
        Row("regnet_y_16gf", depth: 18, width: 200, slope: 106.23, ratio: 2.48, groupWidth: 112, squeezes: true),
        Row("regnet_y_32gf", depth: 20, width: 232, slope: 115.89, ratio: 2.53, groupWidth: 232, squeezes: true),
        Row("regnet_y_128gf", depth: 27, width: 456, slope: 160.83, ratio: 2.52, groupWidth: 264, squeezes: true),
    ];

    private static ModelVariant Row(string name, int depth, int width, double slope, double ratio, int groupWidth, bool squeezes = false)
        => new(
            name,
            options => new Net(name, Plan(depth, width, slope, ratio, groupWidth), squeezes, options),
            nameof(NetworkOptions.BatchNormEpsilon));

    // The paper's section 3.3. Block j would be width + slope j wide; that is rounded to the nearest power of the ratio times the first
    // width, and to a multiple of 8. Equal blocks are a stage, and its width is made a multiple of its groups'.
    private static StagePlan[] Plan(int depth, int width, double slope, double ratio, int groupWidth)
    {
        IEnumerable<int> widths = Enumerable.Range(0, depth).Select(block =>
        {
            double power = Math.Round(Math.Log((width + (slope * block)) / width) / Math.Log(ratio));
            return (int)Math.Round(width * Math.Pow(ratio, power) / 8) * 8;
        });
        return [.. widths.CountBy(blockWidth => blockWidth).Select(stage => StagePlan.Of(stage.Key, stage.Value, groupWidth))];
    }

    private readonly record struct StagePlan(int Width, int Depth, int GroupWidth)
    {
        public static StagePlan Of(int width, int depth, int groupWidth)
        {
            int group = Math.Min(groupWidth, width);
            return new StagePlan(ChannelCount.Rounded(width, group), depth, group);
        }
    }

    private sealed class Net : ImageNetwork
    {
        private const int StemWidth = 32;

        [ComponentName(Name = "stem")]
        private readonly ConvNormActivation _stem;

        [ComponentName(Name = "trunk_output")]
        private readonly Sequential _trunk;

        public Net(string name, StagePlan[] plan, bool squeezes, NetworkOptions options) : base(name)
        {
            ConvNormOptions norms = options.ConvNorm();
            _stem = new ConvNormActivation(options.InputChannels, StemWidth, 3, PointwiseFunction.Relu, stride: 2, options: norms);
            List<(string Name, nn.Module<Tensor, Tensor> Module)> trunk = [];
            List<NetworkStage> stages = [new("stem")];
            int inputs = StemWidth;
            for (int stage = 1; stage <= plan.Length; stage++)
            {
                List<(string Name, nn.Module<Tensor, Tensor> Module)> blocks = [];
                for (int i = 0; i < plan[stage - 1].Depth; i++)
                {
                    blocks.Add(($"block{stage}-{i}", new Block(inputs, plan[stage - 1], i == 0 ? 2 : 1, squeezes, norms)));
                    inputs = plan[stage - 1].Width;
                }

                trunk.Add(($"block{stage}", new Sequential(blocks)));
                stages.Add(new($"block{stage}", [$"trunk_output.block{stage}"]));
            }

            _trunk = new Sequential(trunk);
            Stages = stages;
            FeatureCount = inputs;
            SetHead("fc", new Linear(inputs, options.Classes ?? 1000));
        }

        public override int FeatureCount { get; }
        public override IReadOnlyList<NetworkStage> Stages { get; }

        protected override IReadOnlyList<BackboneStep> Steps =>
        [
            new("stem", _stem.call), // [N, 32, H/2, W/2]
            .. BackboneStep.Of(Stages, _trunk.Links, "trunk_output."), // to [N, C, H/32, W/32]
        ];

        protected override void InitializeModule(string name, nn.Module module, Generator generator)
        {
            LayerInitializers.Default(module, generator);
            switch (module)
            {
                // The biases of squeeze and excitation keep PyTorch's default, as torchvision's do.
                case Conv2d convolution:
                    convolution.Weight.normal_(0, Math.Sqrt(2 / LayerInitializers.FanOut(convolution.Weight)), generator);
                    break;
                case Linear linear:
                    LayerInitializers.Normal(linear, 0.01, generator);
                    break;
                default:
                    break;
            }
        }
    }

    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "proj")]
        private readonly ConvNormActivation? _shortcut;

        [ComponentName(Name = "f")]
        private readonly Sequential _branch;

        public Block(int inputs, StagePlan stage, int stride, bool squeezes, ConvNormOptions norms) : base(nameof(Block))
        {
            int width = stage.Width;
            _shortcut = inputs != width || stride != 1 ? new ConvNormActivation(inputs, width, 1, null, stride, options: norms) : null;
            List<(string Name, nn.Module<Tensor, Tensor> Module)> branch =
            [
                ("a", new ConvNormActivation(inputs, width, 1, PointwiseFunction.Relu, options: norms)),
                (
                    "b",
                    new ConvNormActivation(
                        width, width, 3, PointwiseFunction.Relu, stride, groups: width / stage.GroupWidth, options: norms)),
            ];
            if (squeezes)
            {
                // A quarter of what enters the block, not of the width inside.
                branch.Add(("se", new SqueezeExcitation(width, (long)Math.Round(0.25 * inputs))));
            }

            branch.Add(("c", new ConvNormActivation(width, width, 1, null, options: norms)));
            _branch = new Sequential(branch);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = _branch.call(input);
            return x.AddInPlace(_shortcut?.call(input) ?? input).relu_().MoveToOuterDisposeScope(); // [N, C, H/stride, W/stride]
        }
    }
}
