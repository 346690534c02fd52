namespace TransferLearning;

/// <summary>Inception v3 as torchvision has it, with the auxiliary head of the paper.</summary>
/// <remarks>Made for images of 299 pixels, which training with the auxiliary head needs; without it, or for predictions, 75 are enough.
/// Weights that come from Keras want <see cref="NetworkOptions.TensorFlowPadding"/>: all strides here go without padding, so that the
/// option only keeps the 3x3 average pools from counting the padding.</remarks>
public sealed class InceptionV3 : ModelFamily
{
    /// <inheritdoc/>
    public override string Name => "Inception v3";

    /// <inheritdoc/>
    public override string Paper
        => "Szegedy, Vanhoucke, Ioffe, Shlens, Wojna: Rethinking the Inception Architecture for Computer Vision, 2015";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        new(
            "inception_v3",
            options => new Net("inception_v3", options),
            nameof(NetworkOptions.AuxiliaryHeads),
            nameof(NetworkOptions.TransformInput),
            nameof(NetworkOptions.TensorFlowPadding),
            nameof(NetworkOptions.BatchNormEpsilon))
        {
            Preprocess = ImagePreprocess.ImageNet with { Resize = 342, Crop = 299 },
            AuxiliaryHeads = ["AuxLogits.fc"],
            SmallestInput = 75,
        },
    ];

    private sealed class Net : ImageNetwork
    {
        private const int AuxiliarySide = 17; // the side of the map at which the auxiliary head branches off, of an image of 299

        private readonly bool _transformsInput;

        // Arrays, because a module that is a field is registered under the field's name too.
        private readonly (string Name, nn.Module<Tensor, Tensor> Module)[] _trunk;
        private readonly (string Name, nn.Module<Tensor, Tensor> Module)[] _last;
        private readonly (string Name, Sequential Module)[] _auxiliary;

        [ComponentName(Name = "dropout")]
        private readonly Dropout _dropout = new(0.5);

        public Net(string name, NetworkOptions options) : base(name)
        {
            Blocks blocks = new(options.BatchNormEpsilon ?? InceptionUnit.DefaultEpsilon, !(options.TensorFlowPadding ?? false));
            int classes = options.Classes ?? 1000;
            _transformsInput = InceptionInput.Transforms(name, options);
            _trunk =
            [
                ("Conv2d_1a_3x3", blocks.Unit(options.InputChannels, 32, 3, stride: 2)), // [N, 32, 149, 149]
                ("Conv2d_2a_3x3", blocks.Unit(32, 32, 3)), // [N, 32, 147, 147]
                ("Conv2d_2b_3x3", blocks.Unit(32, 64, 3, padding: 1)),
                ("maxpool1", MaxPool()), // [N, 64, 73, 73]
                ("Conv2d_3b_1x1", blocks.Unit(64, 80, 1)),
                ("Conv2d_4a_3x3", blocks.Unit(80, 192, 3)), // [N, 192, 71, 71]
                ("maxpool2", MaxPool()), // [N, 192, 35, 35]
                ("Mixed_5b", blocks.A(192, poolChannels: 32)),
                ("Mixed_5c", blocks.A(256, poolChannels: 64)),
                ("Mixed_5d", blocks.A(288, poolChannels: 64)), // [N, 288, 35, 35]
                ("Mixed_6a", blocks.B(288)), // [N, 768, 17, 17]
                ("Mixed_6b", blocks.C(width: 128)),
                ("Mixed_6c", blocks.C(width: 160)),
                ("Mixed_6d", blocks.C(width: 160)),
                ("Mixed_6e", blocks.C(width: 192)),
            ];
            _auxiliary = options.AuxiliaryHeads ?? true ? [("AuxLogits", blocks.AuxiliaryHead(classes))] : [];
            _last =
            [
                ("Mixed_7a", blocks.D()), // [N, 1280, 8, 8]
                ("Mixed_7b", blocks.E(1280)),
                ("Mixed_7c", blocks.E(2048)), // [N, 2048, 8, 8]
            ];
            foreach (
                (string part, nn.Module<Tensor, Tensor> module) in _trunk.Concat(
                    _auxiliary.Select(head => (head.Name, (nn.Module<Tensor, Tensor>)head.Module))).Concat(_last))
            {
                register_module(part, module);
            }

            SetHead("fc", new Linear(FeatureCount, classes));
        }

        public override int FeatureCount => 2048;
        public override double AuxiliaryWeight => 0.4;
        public override IReadOnlyList<string> AuxiliaryHeads => [.. _auxiliary.Select(head => $"{head.Name}.fc")];

        public override IReadOnlyList<NetworkStage> Stages { get; } =
        [
            new("stem", ["Conv2d_1a_3x3", "Conv2d_2a_3x3", "Conv2d_2b_3x3", "Conv2d_3b_1x1", "Conv2d_4a_3x3"]),
            new("mixed5", ["Mixed_5b", "Mixed_5c", "Mixed_5d"]),
            new("mixed6", ["Mixed_6a", "Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"]),
            new("mixed7", ["AuxLogits", "Mixed_7a", "Mixed_7b", "Mixed_7c"]),
        ];

        protected override IReadOnlyList<BackboneStep> Steps => InceptionInput.Before(
            _transformsInput, BackboneStep.Of(Stages, [.. _trunk, .. _last])); // to [N, 2048, 8, 8]

        public override Tensor ForwardHead(Tensor features)
        {
            using Tensor kept = _dropout.call(features);
            return Head.call(kept);
        }

        public override (Tensor Logits, IReadOnlyList<Tensor> Auxiliary) ForwardTraining(Tensor images)
        {
            if (!training || _auxiliary.Length == 0)
            {
                return base.ForwardTraining(images);
            }

            using DisposeScope scope = NewDisposeScope();
            Tensor x = Sequential.Run(_trunk, _transformsInput ? InceptionInput.ToSymmetricRange(images) : images);
            if (x.size(2) < AuxiliarySide || x.size(3) < AuxiliarySide)
            {
                throw new ArgumentException(
                    $"The auxiliary head of {GetName()} needs images of at least 299x299 pixels, and these are "
                        + $"{images.size(2)}x{images.size(3)}. Train with larger images, or build the network with AuxiliaryHeads = false.",
                    nameof(images));
            }

            Tensor logits = EnterHead(Pool(Sequential.Run(_last, x)));
            return (logits.MoveToOuterDisposeScope(), [.. _auxiliary.Select(head => head.Module.call(x).MoveToOuterDisposeScope())]);
        }

        // torchvision's deviations. It cuts the distribution at 20 of them or more, which no value reaches.
        protected override void InitializeModule(string name, nn.Module module, Generator generator)
        {
            LayerInitializers.Default(module, generator);
            if (module is WeightLayer layer)
            {
                layer.Weight.normal_(0, AuxiliaryHeads.Contains(name) ? 0.001 : 0.1, generator);
            }
        }

        private static Activation MaxPool() => new(nameof(MaxPool), x => nn.functional.max_pool2d(x, 3, 2));
    }

    // The paper's blocks (figures 5, 6, 7 and 10) under torchvision's names. Channels are those of its table 1.
    private sealed class Blocks(double epsilon, bool poolsCountPadding)
    {
        public InceptionUnit Unit(int inputs, int outputs, int kernel, int stride = 1, int padding = 0)
            => new(inputs, outputs, kernel, epsilon, stride, padding);

        public Branches A(int inputs, int poolChannels) => new(
            new Branches.Branch(("branch1x1", Unit(inputs, 64, 1))),
            new Branches.Branch(("branch5x5_1", Unit(inputs, 48, 1)), ("branch5x5_2", Unit(48, 64, 5, padding: 2))),
            new Branches.Branch(
                ("branch3x3dbl_1", Unit(inputs, 64, 1)),
                ("branch3x3dbl_2", Unit(64, 96, 3, padding: 1)),
                ("branch3x3dbl_3", Unit(96, 96, 3, padding: 1))),
            PoolBranch(inputs, poolChannels));

        public Branches B(int inputs) => new(
            new Branches.Branch(("branch3x3", Unit(inputs, 384, 3, stride: 2))),
            new Branches.Branch(
                ("branch3x3dbl_1", Unit(inputs, 64, 1)),
                ("branch3x3dbl_2", Unit(64, 96, 3, padding: 1)),
                ("branch3x3dbl_3", Unit(96, 96, 3, stride: 2))),
            StridedPoolBranch());

        public Branches C(int width) => new(
            new Branches.Branch(("branch1x1", Unit(768, 192, 1))),
            new Branches.Branch(
                ("branch7x7_1", Unit(768, width, 1)), ("branch7x7_2", Row(width, width, 7)), ("branch7x7_3", Column(width, 192, 7))),
            new Branches.Branch(
                ("branch7x7dbl_1", Unit(768, width, 1)),
                ("branch7x7dbl_2", Column(width, width, 7)),
                ("branch7x7dbl_3", Row(width, width, 7)),
                ("branch7x7dbl_4", Column(width, width, 7)),
                ("branch7x7dbl_5", Row(width, 192, 7))),
            PoolBranch(768, 192));

        public Branches D() => new(
            new Branches.Branch(("branch3x3_1", Unit(768, 192, 1)), ("branch3x3_2", Unit(192, 320, 3, stride: 2))),
            new Branches.Branch(
                ("branch7x7x3_1", Unit(768, 192, 1)),
                ("branch7x7x3_2", Row(192, 192, 7)),
                ("branch7x7x3_3", Column(192, 192, 7)),
                ("branch7x7x3_4", Unit(192, 192, 3, stride: 2))),
            StridedPoolBranch());

        public Branches E(int inputs) => new(
            new Branches.Branch(("branch1x1", Unit(inputs, 320, 1))),
            new Branches.Branch(
                [("branch3x3_1", Unit(inputs, 384, 1))], [("branch3x3_2a", Row(384, 384, 3)), ("branch3x3_2b", Column(384, 384, 3))]),
            new Branches.Branch(
                [("branch3x3dbl_1", Unit(inputs, 448, 1)), ("branch3x3dbl_2", Unit(448, 384, 3, padding: 1))],
                [("branch3x3dbl_3a", Row(384, 384, 3)), ("branch3x3dbl_3b", Column(384, 384, 3))]),
            PoolBranch(inputs, 192));

        public Sequential AuxiliaryHead(int classes) => new(
            ("pool", new Activation("AveragePool", x => nn.functional.avg_pool2d(x, 5, 3))), // [N, 768, 5, 5]
            ("conv0", Unit(768, 128, 1)),
            ("conv1", Unit(128, 768, 5)), // [N, 768, 1, 1]
            ("mean", Activation.GlobalAveragePool()),
            ("fc", new Linear(768, classes)));

        private static Branches.Branch StridedPoolBranch()
            => new(("pool", new Activation("MaxPool", x => nn.functional.max_pool2d(x, 3, 2))));

        private Branches.Branch PoolBranch(int inputs, int outputs) => new(
            ("pool", new Activation("AveragePool", x => nn.functional.avg_pool2d(x, 3, 1, 1, count_include_pad: poolsCountPadding))),
            ("branch_pool", Unit(inputs, outputs, 1)));

        private InceptionUnit Row(int inputs, int outputs, int length) => new(inputs, outputs, (1, length), epsilon, 1, (0, length / 2));
        private InceptionUnit Column(int inputs, int outputs, int length) => new(inputs, outputs, (length, 1), epsilon, 1, (length / 2, 0));
    }
}
