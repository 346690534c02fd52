namespace TransferLearning;

/// <summary>ShuffleNetV2 as torchvision has it.</summary>
public sealed class ShuffleNetV2 : ModelFamily
{
    /// <inheritdoc/>
    public override string Name => "ShuffleNetV2";

    /// <inheritdoc/>
    public override string Paper
        => "Ma, Zhang, Zheng, Sun: ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design, 2018";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        Row("shufflenet_v2_x0_5", 48, 96, 192, 1024),
        Row("shufflenet_v2_x1_0", 116, 232, 464, 1024),
        Row("shufflenet_v2_x1_5", 176, 352, 704, 1024),
        Row("shufflenet_v2_x2_0", 244, 488, 976, 2048),
    ];

    private static ModelVariant Row(string name, int stage2, int stage3, int stage4, int features)
        => new(name, options => new Net(name, stage2, stage3, stage4, features, options), nameof(NetworkOptions.BatchNormEpsilon));

    private sealed class Net : ImageNetwork
    {
        private const int StemChannels = 24;

        [ComponentName(Name = "conv1")]
        private readonly Sequential _stem;

        [ComponentName(Name = "stage2")]
        private readonly Sequential _stage2;

        [ComponentName(Name = "stage3")]
        private readonly Sequential _stage3;

        [ComponentName(Name = "stage4")]
        private readonly Sequential _stage4;

        [ComponentName(Name = "conv5")]
        private readonly Sequential _last;

        public Net(string name, int stage2, int stage3, int stage4, int features, NetworkOptions options) : base(name)
        {
            double epsilon = options.BatchNormEpsilon ?? 1e-5;
            _stem = new Sequential(
                new Conv2d(options.InputChannels, StemChannels, 3, stride: 2, padding: 1),
                new BatchNorm2d(StemChannels, epsilon),
                Activation.Relu());
            _stage2 = Stage(StemChannels, stage2, 4);
            _stage3 = Stage(stage2, stage3, 8);
            _stage4 = Stage(stage3, stage4, 4);
            _last = new Sequential(new Conv2d(stage4, features, 1), new BatchNorm2d(features, epsilon), Activation.Relu());
            FeatureCount = features;
            SetHead("fc", new Linear(FeatureCount, options.Classes ?? 1000));

            Sequential Stage(int inputs, int outputs, int blocks)
                => new(Enumerable.Range(0, blocks).Select(i => new Block(i == 0 ? inputs : outputs, outputs, i == 0 ? 2 : 1, epsilon)));
        }

        public override int FeatureCount { get; }

        public override IReadOnlyList<NetworkStage> Stages { get; } =
            [new("stem", ["conv1"]), new("stage2"), new("stage3"), new("stage4"), new("last", ["conv5"])];

        protected override IReadOnlyList<BackboneStep> Steps =>
        [
            new("stem", _stem.call), // [N, 24, H/2, W/2]
            new("stem", map => nn.functional.max_pool2d(map, 3, 2, 1)), // [N, 24, H/4, W/4]
            new("stage2", _stage2.call),
            new("stage3", _stage3.call),
            new("stage4", _stage4.call),
            new("last", _last.call), // [N, C, H/32, W/32]
        ];
    }

    private sealed class Block : nn.Module<Tensor, Tensor>
    {
        [ComponentName(Name = "branch1")]
        private readonly Sequential? _shortcut;

        [ComponentName(Name = "branch2")]
        private readonly Sequential _branch;

        // With a stride both branches see the whole input; without, the first half of the channels passes as it is.
        public Block(int inputs, int outputs, int stride, double epsilon) : base(nameof(Block))
        {
            int half = outputs / 2;
            _shortcut = stride == 1
                ? null
                : new Sequential(
                    new Conv2d(inputs, inputs, 3, stride, padding: 1, groups: inputs),
                    new BatchNorm2d(inputs, epsilon),
                    new Conv2d(inputs, half, 1),
                    new BatchNorm2d(half, epsilon),
                    Activation.Relu());
            _branch = new Sequential(
                new Conv2d(stride == 1 ? half : inputs, half, 1),
                new BatchNorm2d(half, epsilon),
                Activation.Relu(),
                new Conv2d(half, half, 3, stride, padding: 1, groups: half),
                new BatchNorm2d(half, epsilon),
                new Conv2d(half, half, 1),
                new BatchNorm2d(half, epsilon),
                Activation.Relu());
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            long half = input.size(1) / 2;
            Tensor x = _shortcut is null
                ? cat([input.narrow(1, 0, half), _branch.call(input.narrow(1, half, half))], 1)
                : cat([_shortcut.call(input), _branch.call(input)], 1);
            return Shuffle(x).MoveToOuterDisposeScope();
        }

        // The channels of the two branches take turns.
        private static Tensor Shuffle(Tensor x)
        {
            long[] shape = x.shape; // [N, C, H, W]
            return x.view(shape[0], 2, shape[1] / 2, shape[2], shape[3]).transpose(1, 2).reshape(shape);
        }
    }
}
