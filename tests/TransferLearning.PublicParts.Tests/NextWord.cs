using TorchSharp;
using TorchSharp.Utils;
using TransferLearning.Layers;
using static TorchSharp.torch;

namespace PublicParts.Tests;

/// <summary>A text architecture that writes: the next word follows from the last one and the mean of all before it.</summary>
internal sealed class NextWord : ConfigFamily
{
    public override string Name => "Next word";

    public override IReadOnlyList<string> ModelTypes { get; } = ["next_word"];

    public override string Paper => "none";

    public override IReadOnlyList<HeadKind> Heads { get; } = [HeadKind.Vocabulary];

    public override string ClassPrefix => "NextWord";

    protected override string VocabularySuffix => "ForCausalLM";

    protected override ConfigNetwork BuildNetwork(ModelConfig config, HeadSpec head) => new Net(config, head, Heads);

    private sealed class Net : TextNetwork, IDecodingNetwork
    {
        [ComponentName(Name = "words")]
        private readonly Embedding _words;

        [ComponentName(Name = "layer")]
        private readonly Linear _layer;

        public Net(ModelConfig config, HeadSpec head, IReadOnlyList<HeadKind> heads)
            : base("Next word", config, head)
        {
            (HeadKinds, FeatureCount) = (heads, config.Size("hidden_size"));
            _words = new Embedding(config.Size("vocab_size"), FeatureCount);
            _layer = new Linear(FeatureCount, FeatureCount);
            BuildFirstHead();
        }

        public override int FeatureCount { get; }

        public override IReadOnlyList<HeadKind> HeadKinds { get; }

        public override string BackbonePrefix => "";

        public override string WordEmbeddingName => "words.weight";

        public override int? MaximumLength => 32;

        public bool HasEncoder => false;

        public override IReadOnlyList<NetworkStage> Stages { get; } = [new("words"), new("layer")];

        public override Tensor ForwardHidden(TokenInput inputs)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor words = _words.call(inputs.Ids);
            Tensor counts = arange(1, inputs.Length + 1, dtype: ScalarType.Float32).reshape(1, -1, 1);
            return Mixed(words, words.cumsum(1).div(counts)).MoveToOuterDisposeScope(); // [N, L, D]
        }

        public override Tensor Pool(Tensor hidden, TokenInput inputs) => hidden.mean([1]);

        public DecoderCache Begin(ModelInput input) => new(1, input is TokenInput { HasPadding: true } tokens ? tokens.Mask : null);

        public Tensor NextLogits(Tensor ids, DecoderCache cache)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor words = _words.call(ids).unsqueeze(1); // [N, 1, l, D]
            Tensor all = cache.Own(0).Append(words, words).Keys;
            Tensor last = all.select(2, cache.Length - 1);
            return ForwardHead(Mixed(last, all.mean([2])).squeeze(1)).MoveToOuterDisposeScope(); // [N, vocabulary]
        }

        protected override IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> BuildHead(HeadSpec head)
            => [("lm_head", new Linear(FeatureCount, Config.Size("vocab_size")))];

        private Tensor Mixed(Tensor last, Tensor mean) => _layer.call(last.add(mean)).tanh();
    }
}
