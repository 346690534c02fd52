namespace TransferLearning;

/// <summary>
/// GoogLeNet (Inception v1) as torchvision has it: with batch normalisation, and 3x3 where the paper has 5x5 convolutions.
/// </summary>
public sealed class GoogLeNet : ModelFamily
{
    /// <inheritdoc/>
    public override string Name => "GoogLeNet";

    /// <inheritdoc/>
    public override string Paper => "Szegedy et al.: Going Deeper with Convolutions, 2014";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        new(
            "googlenet",
            options => new Net("googlenet", options),
            nameof(NetworkOptions.AuxiliaryHeads),
            nameof(NetworkOptions.TransformInput),
            nameof(NetworkOptions.BatchNormEpsilon))
        {
            AuxiliaryHeads = ["aux1.fc2", "aux2.fc2"],
            SmallestInput = 15,
        },
    ];

    private sealed class Net : ImageNetwork
    {
        private readonly bool _transformsInput;

        // Arrays, because a module that is a field is registered under the field's name too. The auxiliary heads, where there are any,
        // branch off after the first and the second part.
        private readonly (string Name, nn.Module<Tensor, Tensor> Module)[][] _parts;
        private readonly (string Name, nn.Module<Tensor, Tensor> Module)[] _auxiliary;
        private readonly double _epsilon;

        [ComponentName(Name = "dropout")]
        private readonly Dropout _dropout = new(0.2);

        public Net(string name, NetworkOptions options) : base(name)
        {
            int classes = options.Classes ?? 1000;
            _epsilon = options.BatchNormEpsilon ?? InceptionUnit.DefaultEpsilon;
            _transformsInput = InceptionInput.Transforms(name, options);
            _parts =
            [
                [
                    ("conv1", Unit(options.InputChannels, 64, 7, stride: 2)), // [N, 64, H/2, W/2]
                    ("maxpool1", MaxPool(3)),
                    ("conv2", Unit(64, 64, 1)),
                    ("conv3", Unit(64, 192, 3)), // [N, 192, H/4, W/4]
                    ("maxpool2", MaxPool(3)),
                    ("inception3a", Block(192, 64, 96, 128, 16, 32, 32)),
                    ("inception3b", Block(256, 128, 128, 192, 32, 96, 64)), // [N, 480, H/8, W/8]
                    ("maxpool3", MaxPool(3)),
                    ("inception4a", Block(480, 192, 96, 208, 16, 48, 64)), // [N, 512, H/16, W/16]
                ],
                [
                    ("inception4b", Block(512, 160, 112, 224, 24, 64, 64)),
                    ("inception4c", Block(512, 128, 128, 256, 24, 64, 64)),
                    ("inception4d", Block(512, 112, 144, 288, 32, 64, 64)), // [N, 528, H/16, W/16]
                ],
                [
                    ("inception4e", Block(528, 256, 160, 320, 32, 128, 128)), // [N, 832, H/16, W/16]
                    ("maxpool4", MaxPool(2)),
                    ("inception5a", Block(832, 256, 160, 320, 32, 128, 128)),
                    ("inception5b", Block(832, 384, 192, 384, 48, 128, 128)), // [N, 1024, H/32, W/32]
                ],
            ];
            _auxiliary = options.AuxiliaryHeads ?? true
                ? [("aux1", AuxiliaryHead(512, classes)), ("aux2", AuxiliaryHead(528, classes))]
                : [];
            foreach ((string part, nn.Module<Tensor, Tensor> module) in _parts.SelectMany(part => part).Concat(_auxiliary))
            {
                register_module(part, module);
            }

            SetHead("fc", new Linear(FeatureCount, classes));
        }

        public override int FeatureCount => 1024;
        public override double AuxiliaryWeight => 0.3;
        public override IReadOnlyList<string> AuxiliaryHeads => [.. _auxiliary.Select(head => $"{head.Name}.fc2")];

        public override IReadOnlyList<NetworkStage> Stages { get; } =
        [
            new("stem", ["conv1", "conv2", "conv3"]),
            new("inception3", ["inception3a", "inception3b"]),
            new("inception4", ["inception4a", "inception4b", "inception4c", "inception4d", "inception4e"]),
            new("inception5", ["inception5a", "inception5b", "aux1", "aux2"]),
        ];

        protected override IReadOnlyList<BackboneStep> Steps => InceptionInput.Before(
            _transformsInput, BackboneStep.Of(Stages, [.. _parts.SelectMany(part => part)])); // to [N, 1024, H/32, W/32]

        public override Tensor ForwardHead(Tensor features)
        {
            using Tensor kept = _dropout.call(features);
            return Head.call(kept);
        }

        public override (Tensor Logits, IReadOnlyList<Tensor> Auxiliary) ForwardTraining(Tensor images)
        {
            if (!training) // auxiliary heads run only where their logits are asked for
            {
                return base.ForwardTraining(images);
            }

            using DisposeScope scope = NewDisposeScope();
            List<Tensor> auxiliary = [];
            Tensor x = _transformsInput ? InceptionInput.ToSymmetricRange(images) : images;
            for (int i = 0; i < _parts.Length; i++)
            {
                x = Sequential.Run(_parts[i], x);
                if (i < _auxiliary.Length)
                {
                    auxiliary.Add(_auxiliary[i].Module.call(x).MoveToOuterDisposeScope());
                }
            }

            return (EnterHead(Pool(x)).MoveToOuterDisposeScope(), auxiliary);
        }

        // torchvision's deviation. It cuts the distribution at 200 of them, which no value reaches.
        protected override void InitializeModule(string name, nn.Module module, Generator generator)
        {
            LayerInitializers.Default(module, generator);
            if (module is WeightLayer layer)
            {
                layer.Weight.normal_(0, 0.01, generator);
            }
        }

        // The poolings round up, so that no border is lost.
        private static Activation MaxPool(int kernel) => new(nameof(MaxPool), x => nn.functional.max_pool2d(x, kernel, 2, ceil_mode: true));

        private InceptionUnit Unit(int inputs, int outputs, int kernel, int stride = 1)
            => new(inputs, outputs, kernel, _epsilon, stride, padding: kernel / 2);

        // The channels are a row of the paper's table 1.
        private Branches Block(int inputs, int ones, int reducedThrees, int threes, int reducedFives, int fives, int pooled) => new(
            new Branches.Branch(("branch1", Unit(inputs, ones, 1))),
            new Branches.Branch(("branch2", new Sequential(Unit(inputs, reducedThrees, 1), Unit(reducedThrees, threes, 3)))),
            new Branches.Branch(("branch3", new Sequential(Unit(inputs, reducedFives, 1), Unit(reducedFives, fives, 3)))),
            new Branches.Branch(("branch4", new Sequential(
                new Activation("MaxPool", x => nn.functional.max_pool2d(x, 3, 1, 1, ceil_mode: true)), Unit(inputs, pooled, 1)))));

        private Sequential AuxiliaryHead(int inputs, int classes) => new(
            ("pool", new Activation("AveragePool", x => nn.functional.adaptive_avg_pool2d(x, [4, 4]))),
            ("conv", Unit(inputs, 128, 1)), // [N, 128, 4, 4]
            ("flatten", Activation.Flatten()), // [N, 2048]
            ("fc1", new Linear(2048, 1024)),
            ("relu", Activation.ReluInPlace()),
            ("dropout", new Dropout(0.7)),
            ("fc2", new Linear(1024, classes)));
    }
}
