using TorchSharp;
using TransferLearning.Layers;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>The smallest speech network: spectra of windows of samples, two hidden layers, a head.</summary>
internal sealed class ToySpeech : ConfigFamily
{
    public const int Window = 80;
    public const string Type = "toy_speech";

    private static readonly Lock Gate = new();
    private static bool _isAdded;

    public override string Name => "Toy";

    public override IReadOnlyList<string> ModelTypes => [Type];

    public override string Paper => "none";

    public override IReadOnlyList<HeadKind> Heads { get; } = [HeadKind.None, HeadKind.Pooled, HeadKind.Vocabulary];

    public override string ClassPrefix => "Toy";

    protected override string VocabularySuffix => "ForCTC";

    /// <summary>The configuration of a network, whose family the catalogue knows from then on.</summary>
    public static ModelConfig Config(int width = 24)
    {
        lock (Gate)
        {
            if (!_isAdded)
            {
                ConfigCatalog.Add(new ToySpeech());
                _isAdded = true;
            }
        }

        return ModelConfig.FromPairs(new("model_type", Type), new("hidden_size", width), new("vocab_size", 32));
    }

    public override HeadKind? HeadOf(string architecture)
        => architecture.EndsWith("ForCTC", StringComparison.Ordinal) ? HeadKind.Vocabulary : base.HeadOf(architecture);

    protected override ConfigNetwork BuildNetwork(ModelConfig config, HeadSpec head) => new Net(config, head);

    private sealed class Net : SpeechNetwork
    {
        [TorchSharp.Utils.ComponentName(Name = "stem")]
        private readonly Linear _stem;

        [TorchSharp.Utils.ComponentName(Name = "layer")]
        private readonly Linear _layer;

        public Net(ModelConfig config, HeadSpec head)
            : base("Toy", config, head)
        {
            FeatureCount = config.Size("hidden_size");
            _stem = new Linear(2 * ((Window / 2) + 1), FeatureCount);
            _layer = new Linear(FeatureCount, FeatureCount);
            BuildFirstHead();
        }

        public override int FeatureCount { get; }

        public override int MinimumLength => Window;

        public override IReadOnlyList<HeadKind> HeadKinds { get; } = [HeadKind.None, HeadKind.Pooled, HeadKind.Vocabulary];

        public override string BackbonePrefix => "";

        public override IReadOnlyList<NetworkStage> Stages { get; } = [new("stem", ["stem"]), new("layer", ["layer"])];

        public override Tensor? FrameLengths(AudioInput input)
        {
            using DisposeScope scope = NewDisposeScope();
            return input.Lengths?.floor_divide((long)Window).MoveToOuterDisposeScope();
        }

        protected override Tensor Encode(AudioInput input)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor windows = input.Values.unfold(1, Window, Window); // [N, L, Window]
            Tensor spectra = fft.rfft(windows * 3).abs().log1p(); // [N, L, Window / 2 + 1]
            Tensor before = nn.functional.pad(spectra, [0, 0, 1, 0]).narrow(1, 0, spectra.size(1)); // so that beginnings are heard
            return _layer.call(_stem.call(cat([spectra, before], 2)).gelu()).gelu().MoveToOuterDisposeScope();
        }

        protected override IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> BuildHead(HeadSpec head) => head.Kind switch
        {
            HeadKind.Pooled => [("classifier", new Linear(FeatureCount, head.Outputs))],
            HeadKind.Vocabulary => [("lm_head", new Linear(FeatureCount, head.Outputs > 0 ? head.Outputs : Config.Size("vocab_size")))],
            _ => [],
        };

        protected override void InitializeModule(string name, nn.Module module, Generator generator)
        {
            if (module is Linear linear)
            {
                LayerInitializers.Default(linear, generator);
            }
        }
    }
}
