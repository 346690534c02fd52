namespace TransferLearning;

/// <summary>SqueezeNet 1.0 and 1.1 as torchvision has them: no linear layer, the logits are means over a map of class scores.</summary>
public sealed class SqueezeNet : ModelFamily
{
    /// <inheritdoc/>
    public override string Name => "SqueezeNet";

    /// <inheritdoc/>
    public override string Paper
        => "Iandola, Han, Moskewicz, Ashraf, Dally, Keutzer: SqueezeNet: AlexNet-level accuracy with 50x fewer "
            + "parameters and <0.5MB model size, 2016";

    /// <inheritdoc/>
    public override IReadOnlyList<ModelVariant> Variants { get; } =
    [
        Row("squeezenet1_0", stem: 96, kernel: 7, smallest: 21, [[16, 16, 32], [32, 48, 48, 64], [64]]),
        Row("squeezenet1_1", stem: 64, kernel: 3, smallest: 17, [[16, 16], [32, 32], [48, 48, 64, 64]]),
    ];

    // Each stage begins with a pooling and lists the narrow widths of its fire modules.
    private static ModelVariant Row(string name, int stem, int kernel, int smallest, int[][] stages)
        => new(name, options => new Net(name, stem, kernel, stages, options)) { SmallestInput = smallest };

    private sealed class Net : ImageNetwork
    {
        [ComponentName(Name = "features")]
        private readonly Sequential _features;

        public Net(string name, int stem, int kernel, int[][] rows, NetworkOptions options) : base(name)
        {
            int channels = stem;
            List<nn.Module<Tensor, Tensor>> features =
                [new Conv2d(options.InputChannels, stem, kernel, stride: 2, bias: true), Activation.Relu()];
            List<NetworkStage> stages = [new("stem", ["features.0"])];
            foreach (int[] row in rows)
            {
                features.Add(new Activation("MaxPool", x => nn.functional.max_pool2d(x, 3, 2, ceil_mode: true)));
                stages.Add(new($"stage{stages.Count}", [.. row.Select((_, i) => $"features.{features.Count + i}")]));
                foreach (int narrow in row)
                {
                    features.Add(new Fire(channels, narrow));
                    channels = Fire.Growth * narrow;
                }
            }

            _features = new Sequential(features);
            Stages = stages;
            SetHead(
                "classifier",
                new Sequential(
                    new Dropout(0.5),
                    new Conv2d(FeatureCount, options.Classes ?? 1000, 1, bias: true),
                    Activation.Relu(),
                    Activation.GlobalAveragePool()));
        }

        public override int FeatureCount => 512;
        public override IReadOnlyList<NetworkStage> Stages { get; }

        // To [N, 512, H/16, W/16].
        protected override IReadOnlyList<BackboneStep> Steps => BackboneStep.Of(Stages, _features.Links, "features.");

        protected override Tensor Pool(Tensor map) => map.alias(); // the head pools

        protected override void InitializeModule(string name, nn.Module module, Generator generator)
        {
            if (ReferenceEquals(module, FinalLayer))
            {
                LayerInitializers.Normal((WeightLayer)module, 0.01, generator);
            }
            else if (module is Conv2d convolution)
            {
                LayerInitializers.Uniform(convolution, Math.Sqrt(6 / LayerInitializers.FanIn(convolution.Weight)), generator);
            }
        }
    }

    private sealed class Fire : nn.Module<Tensor, Tensor>
    {
        // Each fire module gives eight times as many channels as it is narrow: four times from either kernel.
        public const int Growth = 8;

        [ComponentName(Name = "squeeze")]
        private readonly Conv2d _squeeze;

        [ComponentName(Name = "expand1x1")]
        private readonly Conv2d _points;

        [ComponentName(Name = "expand3x3")]
        private readonly Conv2d _squares;

        public Fire(int inputs, int narrow) : base(nameof(Fire))
        {
            int wide = Growth / 2 * narrow;
            _squeeze = new Conv2d(inputs, narrow, 1, bias: true);
            _points = new Conv2d(narrow, wide, 1, bias: true);
            _squares = new Conv2d(narrow, wide, 3, padding: 1, bias: true);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor x = ConvNorm.Run(_squeeze, null, input, PointwiseFunction.Relu); // [N, narrow, H, W]
            Tensor points = ConvNorm.Run(_points, null, x, PointwiseFunction.Relu);
            // [N, 8 narrow, H, W]
            return cat([points, ConvNorm.Run(_squares, null, x, PointwiseFunction.Relu)], 1).MoveToOuterDisposeScope();
        }
    }
}
