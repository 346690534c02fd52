namespace TransferLearning;

/// <summary>Transformers over the patches of an image, as torchvision has them. A network takes square images of the one size it is built
/// for; weights of another size load, with their positions stretched.</summary>
public sealed class VisionTransformer : ModelFamily
{
    private const string Positions = "encoder.pos_embedding";
    private const double Epsilon = 1e-6;
    private const int PublishedSize = 224;

    // Checkpoints written before torchvision 0.14, the published ones among them, name the layers of the feed-forward part.
    private static readonly KeyMap OldNames = KeyMap.Empty
        .Pattern(@"^(encoder\.layers\.encoder_layer_\d+\.mlp)\.linear_1\.", "$1.0.")
        .Pattern(@"^(encoder\.layers\.encoder_layer_\d+\.mlp)\.linear_2\.", "$1.3.");

    /// <inheritdoc/>
    public override string Name => "Vision Transformer";

    /// <inheritdoc/>
    public override string Paper => "Dosovitskiy et al.: An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale, 2020";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        Row("vit_b_16", patch: 16, layers: 12, heads: 12, width: 768),
        Row("vit_b_32", patch: 32, layers: 12, heads: 12, width: 768),
        Row("vit_l_16", patch: 16, layers: 24, heads: 16, width: 1024),
        Row("vit_l_32", patch: 32, layers: 24, heads: 16, width: 1024),
        Row("vit_h_14", patch: 14, layers: 32, heads: 16, width: 1280),
    ];

    private static ModelVariant Row(string name, int patch, int layers, int heads, int width)
        => new(name, options => new Net(name, patch, layers, heads, width, options), nameof(NetworkOptions.ImageSize))
        {
            SmallestInput = patch,
        };

    private sealed class Net : ImageNetwork
    {
        private readonly int _imageSize;
        private readonly int _grid;

        [ComponentName(Name = "class_token")]
        private readonly Parameter _classToken;

        [ComponentName(Name = "conv_proj")]
        private readonly Conv2d _patches;

        [ComponentName(Name = "encoder")]
        private readonly Encoder _encoder;

        public Net(string name, int patch, int layers, int heads, int width, NetworkOptions options) : base(name)
        {
            _imageSize = options.ImageSize ?? PublishedSize;
            if (_imageSize < patch || _imageSize % patch != 0)
            {
                throw new ArgumentException(
                    $"{name}: ImageSize is {_imageSize}, which is no multiple of the {patch} pixels of a patch.", nameof(options));
            }

            _grid = _imageSize / patch;
            _classToken = new Parameter(empty(1, 1, width));
            _patches = new Conv2d(options.InputChannels, width, patch, stride: patch, bias: true);
            _encoder = new Encoder((_grid * _grid) + 1, layers, heads, width);
            FeatureCount = width;
            Stages =
            [
                new("stem", ["class_token", "conv_proj", Positions]),
                .. Enumerable.Range(0, layers).Select(i => new NetworkStage($"block{i + 1}", StageOf(i))),
            ];
            SetHead("heads", new Sequential(("head", new Linear(width, options.Classes ?? 1000))));

            string[] StageOf(int i)
                => i == layers - 1 ? [$"encoder.layers.encoder_layer_{i}", "encoder.ln"] : [$"encoder.layers.encoder_layer_{i}"];
        }

        public override int FeatureCount { get; }
        public override IReadOnlyList<NetworkStage> Stages { get; }
        public override KeyMap CheckpointNames => OldNames;
        internal override int? PromptWidth => FeatureCount;

        protected override IReadOnlyList<BackboneStep> Steps =>
        [
            new("stem", Tokens),
            .. BackboneStep.Of(Stages, _encoder.Layers.Links, "encoder.layers."),
            new(Stages[^1].Name, _encoder.Norm.call), // [N, 1 + h * w, D]
        ];

        protected override Tensor MapOf(Tensor tokens)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor grid = tokens.narrow(1, tokens.size(1) - (_grid * _grid), _grid * _grid).transpose(1, 2); // [N, D, h * w]
            return grid.reshape(tokens.size(0), FeatureCount, _grid, _grid).MoveToOuterDisposeScope(); // [N, D, h, w]
        }

        protected override Tensor Pool(Tensor tokens)
        {
            using Tensor first = tokens.select(1, 0);
            return first.clone(); // [N, D], the class token's, without the memory of the others
        }

        protected internal override Tensor? AdaptState(string name, Tensor stored)
            => name == Positions && stored.dim() == 3 && stored.size(1) != (_grid * _grid) + 1 ? PositionGrid.Resize(stored, _grid) : null;

        protected override void InitializeModule(string name, nn.Module module, Generator generator)
        {
            switch (module)
            {
                case Net:
                    _classToken.zero_();
                    break;
                case Encoder encoder:
                    encoder.Position.normal_(0, 0.02, generator);
                    break;
                case SelfAttention attention:
                    LayerInitializers.GlorotUniform(attention.InputWeight, generator);
                    attention.InputBias.zero_();
                    break;
                case Linear layer when name.Contains(".mlp.", StringComparison.Ordinal):
                    LayerInitializers.GlorotUniform(layer.Weight, generator);
                    layer.Bias!.normal_(0, 1e-6, generator);
                    break;
                case Linear layer when name.StartsWith("heads.", StringComparison.Ordinal):
                    LayerInitializers.Constant(layer, 0);
                    break;
                case Linear layer:
                    LayerInitializers.Default(layer, generator);
                    layer.Bias!.zero_();
                    break;
                case Conv2d:
                    // torchvision cuts this distribution at -2 and 2, dozens of deviations away.
                    LayerInitializers.Normal(_patches, 1 / Math.Sqrt(LayerInitializers.FanIn(_patches.Weight)), generator);
                    break;
                default:
                    LayerInitializers.Default(module, generator);
                    break;
            }
        }

        // [N, 1 + h * w, D]
        private Tensor Tokens(Tensor images)
        {
            if (images.dim() != 4 || images.size(2) != _imageSize || images.size(3) != _imageSize)
            {
                throw new ArgumentException(
                    $"{GetName()} is built for images of {_imageSize} by {_imageSize} pixels and was given "
                    + $"[{string.Join(", ", images.shape)}]; resize the images, or build the network with NetworkOptions.ImageSize.",
                    nameof(images));
            }

            using DisposeScope scope = NewDisposeScope();
            Tensor patches = _patches.call(images).flatten(2).transpose(1, 2); // [N, h * w, D]
            Tensor token = _classToken.expand(images.size(0), -1, -1); // [N, 1, D]
            Tensor placed = _encoder.call(cat([token, patches], 1)); // with positions
            return (InputAdapter?.Prompt(images.size(0)) is not { } prompt
                ? placed
                : cat([placed.narrow(1, 0, 1), prompt, placed.narrow(1, 1, _grid * _grid)], 1)).MoveToOuterDisposeScope();
        }
    }

    private sealed class Encoder : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "pos_embedding")]
        private readonly Parameter _position;

        [ComponentName(Name = "dropout")]
        private readonly Dropout _dropout = new(0);

        [ComponentName(Name = "layers")]
        private readonly Sequential _layers;

        [ComponentName(Name = "ln")]
        private readonly LayerNorm _norm;

        public Encoder(int positions, int layers, int heads, int width) : base(nameof(Encoder))
        {
            _position = new Parameter(empty(1, positions, width));
            _layers = new Sequential(Enumerable.Range(0, layers).Select(i => ($"encoder_layer_{i}", Layer())));
            _norm = new LayerNorm(width, Epsilon);
            RegisterComponents();

            nn.Module<Tensor, Tensor> Layer() => new Block(heads, width);
        }

        public Parameter Position => _position;
        public Sequential Layers => _layers;
        public LayerNorm Norm => _norm;

        // The tokens that enter the layers, which are the steps after this one.
        public override Tensor forward(Tensor input)
        {
            using Tensor placed = input.Add(_position);
            return _dropout.call(placed);
        }
    }

    private sealed class Block : nn.Module<Tensor, Tensor>, ITransformerBlock
    {
        [ComponentName(Name = "ln_1")]
        private readonly LayerNorm _attentionNorm;

        [ComponentName(Name = "self_attention")]
        private readonly SelfAttention _attention;

        [ComponentName(Name = "dropout")]
        private readonly Dropout _dropout = new(0);

        [ComponentName(Name = "ln_2")]
        private readonly LayerNorm _feedForwardNorm;

        [ComponentName(Name = "mlp")]
        private readonly Sequential _feedForward;

        public Block(int heads, int width) : base(nameof(Block))
        {
            _attentionNorm = new LayerNorm(width, Epsilon);
            (Width, Heads) = (width, heads);
            Branches = new AdapterPlace<BlockBranch>(this, ClearModules);
            _attention = new SelfAttention(width, heads, () => Branches.Active);
            _feedForwardNorm = new LayerNorm(width, Epsilon);
            _feedForward = FeedForward.Build(width, 4 * width);
            RegisterComponents();
        }

        public AdapterPlace<BlockBranch> Branches { get; }
        public long Width { get; }
        public long Heads { get; }
        public long HeadWidth => Width / Heads;
        public bool ReadsSource => false;

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            BlockBranch? branch = Branches.Active;
            Tensor attended = _dropout.call(_attention.call(_attentionNorm.call(input)));
            Tensor x = input.Add(branch?.After(LayerPart.Norm, attended, input, null) ?? attended);
            Tensor fed = _feedForward.call(_feedForwardNorm.call(x));
            return x.Add(branch?.After(LayerPart.LastNorm, fed, x, null) ?? fed).MoveToOuterDisposeScope();
        }
    }
}
