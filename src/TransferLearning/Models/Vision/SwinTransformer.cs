namespace TransferLearning;

/// <summary>Transformers whose attention stays inside shifted windows, and whose maps shrink from stage to stage as a convolutional
/// network's do: Swin and Swin V2 as torchvision has them. Images may have any size.</summary>
public sealed class SwinTransformer : ModelFamily
{
    private static readonly ImagePreprocess Preprocess = ImagePreprocess.ImageNet with { Interpolation = Interpolation.Bicubic };

    /// <inheritdoc/>
    public override string Name => "Swin Transformer";

    /// <inheritdoc/>
    public override string Paper
        => "Liu et al.: Swin Transformer: Hierarchical Vision Transformer using Shifted Windows, 2021; "
            + "Liu et al.: Swin Transformer V2: Scaling Up Capacity and Resolution, 2021";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        Row("swin_t", second: false, width: 96, [2, 2, 6, 2], [3, 6, 12, 24], droppedBlocks: 0.2),
        Row("swin_s", second: false, width: 96, [2, 2, 18, 2], [3, 6, 12, 24], droppedBlocks: 0.3),
        Row("swin_b", second: false, width: 128, [2, 2, 18, 2], [4, 8, 16, 32], droppedBlocks: 0.5),
        Row("swin_v2_t", second: true, width: 96, [2, 2, 6, 2], [3, 6, 12, 24], droppedBlocks: 0.2),
        Row("swin_v2_s", second: true, width: 96, [2, 2, 18, 2], [3, 6, 12, 24], droppedBlocks: 0.3),
        Row("swin_v2_b", second: true, width: 128, [2, 2, 18, 2], [4, 8, 16, 32], droppedBlocks: 0.5),
    ];

    private static ModelVariant Row(string name, bool second, int width, int[] blocks, int[] heads, double droppedBlocks)
        => new(name, options => new Net(name, second, width, blocks, heads, droppedBlocks, options))
        {
            Preprocess = second ? Preprocess with { Resize = 260, Crop = 256 } : Preprocess,
        };

    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "features")]
        private readonly Sequential _features;

        [ComponentName(Name = "norm")]
        private readonly LayerNorm _norm;

        // second: Swin V2. droppedBlocks: the probability with which training drops the last block; it grows from 0 at the first.
        public Net(string name, bool second, int width, int[] blocks, int[] heads, double droppedBlocks, NetworkOptions options)
            : base(name)
        {
            int window = second ? 8 : 7;
            List<nn.Module<Tensor, Tensor>> features =
            [
                new Sequential(
                    new Conv2d(options.InputChannels, width, 4, stride: 4, bias: true),
                    Activation.Permute(0, 2, 3, 1), // [N, H/4, W/4, C]
                    new LayerNorm(width)),
            ];
            int built = 0;
            for (int stage = 0; stage < blocks.Length; stage++)
            {
                if (stage > 0)
                {
                    features.Add(new PatchMerging(width, second));
                    width *= 2;
                }

                List<nn.Module<Tensor, Tensor>> members = [];
                for (int i = 0; i < blocks[stage]; i++)
                {
                    double dropped = droppedBlocks * built++ / (blocks.Sum() - 1);
                    members.Add(new Block(width, heads[stage], window, isShifted: i % 2 == 1, second, dropped));
                }

                features.Add(new Sequential(members));
            }

            _features = new Sequential(features);
            _norm = new LayerNorm(width);
            FeatureCount = width;
            SetHead("head", new Linear(width, options.Classes ?? 1000));
        }

        public override int FeatureCount { get; }

        public override IReadOnlyList<NetworkStage> Stages { get; } =
        [
            new("stem", ["features.0"]),
            new("stage1", ["features.1"]),
            new("stage2", ["features.2", "features.3"]),
            new("stage3", ["features.4", "features.5"]),
            new("stage4", ["features.6", "features.7", "norm"]),
        ];

        protected internal override bool HasChannelsLast => true;

        protected override IReadOnlyList<BackboneStep> Steps =>
        [
            .. BackboneStep.Of(Stages, _features.Links, "features."),
            new("stage4", _norm.call), // [N, H/32, W/32, C]
            new("stage4", grid => grid.permute(0, 3, 1, 2)), // [N, C, H/32, W/32]
        ];

        protected override void InitializeModule(string name, nn.Module module, Generator generator)
        {
            // torchvision cuts these distributions at -2 and 2, a hundred deviations away.
            LayerInitializers.Default(module, generator);
            switch (module)
            {
                case Linear layer:
                    LayerInitializers.Normal(layer, 0.02, generator);
                    break;
                case ShiftedWindowAttention attention:
                    attention.PositionTable?.normal_(0, 0.02, generator);
                    attention.Scale?.Fill(Math.Log(10));
                    break;
                default:
                    break;
            }
        }
    }

    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        private readonly bool _normalizesAfter;

        [ComponentName(Name = "norm1")]
        private readonly LayerNorm _attentionNorm;

        [ComponentName(Name = "attn")]
        private readonly ShiftedWindowAttention _attention;

        [ComponentName(Name = "stochastic_depth")]
        private readonly StochasticDepth _depth;

        [ComponentName(Name = "norm2")]
        private readonly LayerNorm _feedForwardNorm;

        [ComponentName(Name = "mlp")]
        private readonly Sequential _feedForward;

        public Block(int width, int heads, int window, bool isShifted, bool second, double dropped) : base(nameof(Block))
        {
            _normalizesAfter = second;
            _attentionNorm = new LayerNorm(width);
            _attention = new ShiftedWindowAttention(width, heads, window, isShifted, hasCosines: second);
            _depth = new StochasticDepth(dropped);
            _feedForwardNorm = new LayerNorm(width);
            _feedForward = FeedForward.Build(width, 4 * width);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = input.Add(_depth.call(Branch(_attention, _attentionNorm, input)));
            return x.Add(_depth.call(Branch(_feedForward, _feedForwardNorm, x))).MoveToOuterDisposeScope();
        }

        private Tensor Branch(nn.Module<Tensor, Tensor> work, LayerNorm norm, Tensor x)
            => _normalizesAfter ? norm.call(work.call(x)) : work.call(norm.call(x));
    }

    /// <summary>[N, H, W, C] to [N, H/2, W/2, 2 C]: each four neighbours become one.</summary>
    private sealed class PatchMerging : nn.Module<Tensor, Tensor>
    {
        private readonly bool _normalizesAfter;

        [ComponentName(Name = "reduction")]
        private readonly Linear _reduction;

        [ComponentName(Name = "norm")]
        private readonly LayerNorm _norm;

        public PatchMerging(int width, bool second) : base(nameof(PatchMerging))
        {
            _normalizesAfter = second;
            _reduction = new Linear(4 * width, 2 * width, bias: false);
            _norm = new LayerNorm(second ? 2 * width : 4 * width);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            (long samples, long height, long width, long channels) = (input.size(0), input.size(1), input.size(2), input.size(3));
            Tensor x = nn.functional.pad(input, [0, 0, 0, width % 2, 0, height % 2]);
            (height, width) = ((height + 1) / 2, (width + 1) / 2);
            x = x.reshape(samples, height, 2, width, 2, channels).permute(0, 1, 3, 4, 2, 5) // the neighbours column by column
                .reshape(samples, height, width, 4 * channels);
            x = _normalizesAfter ? _norm.call(_reduction.call(x)) : _reduction.call(_norm.call(x));
            return x.MoveToOuterDisposeScope();
        }
    }
}
