namespace TransferLearning;

/// <summary>Convolutional networks built with the choices of transformers, as torchvision has them.</summary>
public sealed class ConvNeXt : ModelFamily
{
    private const double Epsilon = 1e-6;

    /// <inheritdoc/>
    public override string Name => "ConvNeXt";

    /// <inheritdoc/>
    public override string Paper => "Liu, Mao, Wu, Feichtenhofer, Darrell, Xie: A ConvNet for the 2020s, 2022";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        Row("convnext_tiny", width: 96, [3, 3, 9, 3], droppedBlocks: 0.1),
        Row("convnext_small", width: 96, [3, 3, 27, 3], droppedBlocks: 0.4),
        Row("convnext_base", width: 128, [3, 3, 27, 3], droppedBlocks: 0.5),
        Row("convnext_large", width: 192, [3, 3, 27, 3], droppedBlocks: 0.5),
    ];

    private static ModelVariant Row(string name, int width, int[] blocks, double droppedBlocks)
        => new(name, options => new Net(name, width, blocks, droppedBlocks, options));

    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "features")]
        private readonly Sequential _features;

        // droppedBlocks: the probability with which training drops the last block; it grows from 0 at the first.
        public Net(string name, int width, int[] blocks, double droppedBlocks, NetworkOptions options) : base(name)
        {
            List<nn.Module<Tensor, Tensor>> features =
                [new Sequential(new Conv2d(options.InputChannels, width, 4, stride: 4, bias: true), Norm(width))];
            int built = 0;
            for (int stage = 0; stage < blocks.Length; stage++, width *= 2)
            {
                if (stage > 0)
                {
                    features.Add(new Sequential(Norm(width / 2), new Conv2d(width / 2, width, 2, stride: 2, bias: true)));
                }

                List<nn.Module<Tensor, Tensor>> members = [];
                for (int i = 0; i < blocks[stage]; i++)
                {
                    members.Add(new Block(width, droppedBlocks * built++ / (blocks.Sum() - 1)));
                }

                features.Add(new Sequential(members));
            }

            _features = new Sequential(features);
            FeatureCount = width / 2;
            SetHead(
                "classifier", new Sequential(Norm(FeatureCount), Activation.Flatten(), new Linear(FeatureCount, options.Classes ?? 1000)));

            static LayerNorm Norm(int channels) => new(channels, Epsilon, channelsFirst: true);
        }

        public override int FeatureCount { get; }

        public override IReadOnlyList<NetworkStage> Stages { get; } =
        [
            new("stem", ["features.0"]),
            new("stage1", ["features.1"]),
            new("stage2", ["features.2", "features.3"]),
            new("stage3", ["features.4", "features.5"]),
            new("stage4", ["features.6", "features.7"]),
        ];

        // To [N, C, H/32, W/32].
        protected override IReadOnlyList<BackboneStep> Steps => BackboneStep.Of(Stages, _features.Links, "features.");

        // [N, C, 1, 1]: the head normalises before it flattens.
        protected override Tensor Pool(Tensor map) => map.mean([2, 3], keepdim: true);

        protected override void InitializeModule(string name, nn.Module module, Generator generator)
        {
            LayerInitializers.Default(module, generator);
            switch (module)
            {
                case WeightLayer layer:
                    // torchvision cuts this distribution at -2 and 2, a hundred deviations away.
                    LayerInitializers.Normal(layer, 0.02, generator);
                    break;
                case Block block:
                    block.Scale.Fill(1e-6);
                    break;
                default:
                    break;
            }
        }
    }

    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "layer_scale")]
        private readonly Parameter _scale;

        [ComponentName(Name = "block")]
        private readonly Sequential _branch;

        [ComponentName(Name = "stochastic_depth")]
        private readonly StochasticDepth _depth;

        public Block(int width, double dropped) : base(nameof(Block))
        {
            _scale = new Parameter(empty(width, 1, 1));
            _branch = new Sequential(
                new Conv2d(width, width, 7, padding: 3, groups: width, bias: true),
                Activation.Permute(0, 2, 3, 1), // [N, H, W, C]
                new LayerNorm(width, Epsilon),
                new Linear(width, 4 * width),
                Activation.Gelu(),
                new Linear(4 * width, width),
                Activation.Permute(0, 3, 1, 2)); // [N, C, H, W]
            _depth = new StochasticDepth(dropped);
            RegisterComponents();
        }

        public Parameter Scale => _scale;

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = _depth.call(_scale.mul(_branch.call(input)));
            return x.Add(input).MoveToOuterDisposeScope();
        }
    }
}
