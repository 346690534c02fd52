namespace TransferLearning;

/// <summary>Inverted residuals, attention inside windows and attention across a grid in turn, as torchvision has them. The maps of all
/// stages must split into windows of 7 by 7, so the sides of an image are multiples of 224.</summary>
public sealed class MaxViT : ModelFamily
{
    private const int Window = 7;
    private const int HeadWidth = 32;

    /// <inheritdoc/>
    public override string Name => "MaxViT";

    /// <inheritdoc/>
    public override string Paper => "Tu et al.: MaxViT: Multi-Axis Vision Transformer, 2022";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelVariant> Variants { get; } =
        [Row("maxvit_t", stem: 64, [64, 128, 256, 512], [2, 2, 5, 2], droppedBlocks: 0.2)];

    private static ModelVariant Row(string name, int stem, int[] widths, int[] layers, double droppedBlocks)
        => new(name, options => new Net(name, stem, widths, layers, droppedBlocks, options), nameof(NetworkOptions.BatchNormEpsilon))
        {
            SmallestInput = 224,
            Preprocess = ImagePreprocess.ImageNet with { Resize = 224, Interpolation = Interpolation.Bicubic },
        };

    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "stem")]
        private readonly Sequential _stem;

        [ComponentName(Name = "blocks")]
        private readonly Sequential _blocks;

        // droppedBlocks: the probability with which training drops the last layer; it grows from 0 at the first.
        public Net(string name, int stem, int[] widths, int[] layers, double droppedBlocks, NetworkOptions options) : base(name)
        {
            ConvNormOptions norms = options.ConvNorm(epsilon: 1e-3, momentum: 0.99);
            _stem = new Sequential(
                new ConvNormActivation(options.InputChannels, stem, 3, PointwiseFunction.Gelu, stride: 2, options: norms),
                new Sequential(new Conv2d(stem, stem, 3, padding: 1, bias: true)));
            int inputs = stem;
            int built = 0;
            List<Sequential> blocks = [];
            for (int stage = 0; stage < layers.Length; stage++)
            {
                List<Sequential> members = [];
                for (int i = 0; i < layers[stage]; i++)
                {
                    double dropped = droppedBlocks * built++ / (layers.Sum() - 1);
                    members.Add(new Sequential(("layers", new Sequential(
                        ("MBconv", new InvertedBottleneck(inputs, widths[stage], i == 0 ? 2 : 1, dropped, norms)),
                        ("window_attention", new PartitionAttention(widths[stage], isGrid: false, dropped)),
                        ("grid_attention", new PartitionAttention(widths[stage], isGrid: true, dropped))))));
                    inputs = widths[stage];
                }

                blocks.Add(new Sequential(("layers", new Sequential(members))));
            }

            _blocks = new Sequential(blocks);
            FeatureCount = inputs;
            SetHead("classifier", new Sequential(
                Activation.GlobalAveragePool(),
                Activation.Flatten(),
                new LayerNorm(inputs),
                new Linear(inputs, inputs),
                new Activation("Tanh", x => x.tanh()),
                new Linear(inputs, options.Classes ?? 1000, bias: false)));
        }

        public override int FeatureCount { get; }

        public override IReadOnlyList<NetworkStage> Stages { get; } =
            [new("stem"), .. Enumerable.Range(0, 4).Select(i => new NetworkStage($"block{i + 1}", [$"blocks.{i}"]))];

        protected override IReadOnlyList<BackboneStep> Steps =>
        [
            new("stem", Stem), // [N, 64, H/2, W/2]
            .. BackboneStep.Of(Stages, _blocks.Links, "blocks."), // to [N, C, H/32, W/32]
        ];

        // The head pools by itself.
        protected override Tensor Pool(Tensor map) => map.alias();

        private Tensor Stem(Tensor images)
        {
            if (images.dim() != 4 || !Splits(images.size(2)) || !Splits(images.size(3)))
            {
                throw new ArgumentException(
                    $"{GetName()} takes images whose sides are multiples of 224 pixels and was given "
                    + $"[{string.Join(", ", images.shape)}]; resize them.",
                    nameof(images));
            }

            return _stem.call(images);
        }

        protected override void InitializeModule(string name, nn.Module module, Generator generator)
        {
            LayerInitializers.Default(module, generator);
            switch (module)
            {
                case WeightLayer layer:
                    LayerInitializers.Normal(layer, 0.02, generator);
                    break;
                case RelativeAttention attention:
                    // torchvision cuts this distribution at -2 and 2, a hundred deviations away.
                    attention.PositionTable.normal_(0, 0.02, generator);
                    break;
                default:
                    break;
            }
        }

        // Whether the map of every stage is whole windows: the stem halves the side, and so does each stage, rounding up.
        private static bool Splits(long side)
        {
            side = (side + 1) / 2;
            for (int stage = 0; stage < 4; stage++)
            {
                side = (side + 1) / 2;
                if (side == 0 || side % Window != 0)
                {
                    return false;
                }
            }

            return true;
        }
    }

    /// <summary>The mobile inverted bottleneck, with the normalisation before it and pooling on the shortcut of a stride.</summary>
    private sealed class InvertedBottleneck : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "proj")]
        private readonly Sequential? _shortcut;

        [ComponentName(Name = "layers")]
        private readonly Sequential _branch;

        [ComponentName(Name = "stochastic_depth")]
        private readonly StochasticDepth _depth;

        public InvertedBottleneck(int inputs, int outputs, int stride, double dropped, ConvNormOptions norms)
            : base(nameof(InvertedBottleneck))
        {
            int hidden = 4 * outputs;
            _shortcut = stride == 1
                ? null
                : new Sequential(
                    new Activation("AveragePool", x => nn.functional.avg_pool2d(x, 3, stride, 1)),
                    new Conv2d(inputs, outputs, 1, bias: true));
            _branch = new Sequential(
                ("pre_norm", new BatchNorm2d(inputs, norms.Epsilon, norms.Momentum)),
                ("conv_a", new ConvNormActivation(inputs, hidden, 1, PointwiseFunction.Gelu, options: norms)),
                ("conv_b", new ConvNormActivation(hidden, hidden, 3, PointwiseFunction.Gelu, stride, groups: hidden, options: norms)),
                ("squeeze_excitation", new SqueezeExcitation(hidden, outputs / 4, PointwiseFunction.Silu)),
                ("conv_c", new Conv2d(hidden, outputs, 1, bias: true)));
            _depth = new StochasticDepth(dropped);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = _depth.call(_branch.call(input));
            return (_shortcut?.call(input) ?? input).Add(x).MoveToOuterDisposeScope();
        }
    }

    /// <summary>
    /// Attention and two layers over groups of 7 by 7 places: neighbours (a window), or places spread evenly over the map (a grid).
    /// </summary>
    private sealed class PartitionAttention : nn.Module<Tensor, Tensor>
    {
        private readonly bool _isGrid;

        [ComponentName(Name = "attn_layer")]
        private readonly Sequential _attention;

        [ComponentName(Name = "mlp_layer")]
        private readonly Sequential _feedForward;

        [ComponentName(Name = "stochastic_dropout")]
        private readonly StochasticDepth _depth;

        public PartitionAttention(int width, bool isGrid, double dropped) : base(nameof(PartitionAttention))
        {
            _isGrid = isGrid;
            _attention = new Sequential(new LayerNorm(width), new RelativeAttention(width), new Dropout(0));
            _feedForward = new Sequential(
                new LayerNorm(width), new Linear(width, 4 * width), Activation.Gelu(), new Linear(4 * width, width), new Dropout(0));
            _depth = new StochasticDepth(dropped);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            (long samples, long channels, long height, long width) = (input.size(0), input.size(1), input.size(2), input.size(3));
            (long rows, long columns) = (height / Window, width / Window);
            Tensor x = _isGrid
                ? input.reshape(samples, channels, Window, rows, Window, columns).permute(0, 3, 5, 2, 4, 1)
                : input.reshape(samples, channels, rows, Window, columns, Window).permute(0, 2, 4, 3, 5, 1);
            x = x.reshape(samples, rows * columns, Window * Window, channels); // [N, groups, 49, C]
            x = x.Add(_depth.call(_attention.call(x)));
            x = x.Add(_depth.call(_feedForward.call(x)));
            x = x.reshape(samples, rows, columns, Window, Window, channels);
            x = _isGrid ? x.permute(0, 5, 3, 1, 4, 2) : x.permute(0, 5, 1, 3, 2, 4);
            return x.reshape(samples, channels, height, width).MoveToOuterDisposeScope(); // [N, C, H, W]
        }
    }

    private sealed class RelativeAttention : nn.Module<Tensor, Tensor>
    {
        private readonly double _scale;

        [ComponentName(Name = "relative_position_bias_table")]
        private readonly Parameter _positionTable;

        [ComponentName(Name = "relative_position_index")]
        private Tensor _index;

        [ComponentName(Name = "to_qkv")]
        private readonly Linear _input;

        [ComponentName(Name = "merge")]
        private readonly Linear _output;

        public RelativeAttention(int width) : base(nameof(RelativeAttention))
        {
            _scale = Math.Pow(width, -0.5); // by the whole width, not that of a head
            _positionTable = new Parameter(empty(RelativePosition.Offsets(Window), width / HeadWidth));
            _index = RelativePosition.Index(Window);
            _input = new Linear(width, 3 * width);
            _output = new Linear(width, width);
            RegisterComponents();
        }

        public Parameter PositionTable => _positionTable;

        /// <summary>[N, groups, L, C] to the same.</summary>
        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            (long places, long channels) = (input.size(2), input.size(3));
            Tensor projected = _input.call(input).reshape(-1, places, 3, channels / HeadWidth, HeadWidth)
                .permute(2, 0, 3, 1, 4); // [3, N * groups, heads, L, D]
            Tensor bias = RelativePosition.Bias(_positionTable, _index, places);
            Tensor x = RelativePosition.Attend(projected[0], projected[1].Multiply(_scale), projected[2], bias, null);
            return _output.call(x).view(input.shape).MoveToOuterDisposeScope();
        }
    }
}
