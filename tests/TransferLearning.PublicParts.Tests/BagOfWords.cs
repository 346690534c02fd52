using TorchSharp;
using TorchSharp.Utils;
using TransferLearning.Layers;
using static TorchSharp.torch;

namespace PublicParts.Tests;

/// <summary>A text architecture of Hugging Face's form: embeddings and one layer for each token.</summary>
internal sealed class BagOfWords : ConfigFamily
{
    public override string Name => "Bag of words";

    public override IReadOnlyList<string> ModelTypes { get; } = ["bag_of_words"];

    public override string Paper => "none";

    public override IReadOnlyList<HeadKind> Heads { get; } = [HeadKind.None, HeadKind.Pooled, HeadKind.Tokens];

    public override string ClassPrefix => "BagOfWords";

    protected override string VocabularySuffix => "ForMaskedLM";

    protected override ConfigNetwork BuildNetwork(ModelConfig config, HeadSpec head) => new Net(config, head, Heads);

    private sealed class Net : TextNetwork
    {
        [ComponentName(Name = "words")]
        private readonly Embedding _words;

        [ComponentName(Name = "layer")]
        private readonly Linear _layer;

        public Net(ModelConfig config, HeadSpec head, IReadOnlyList<HeadKind> heads)
            : base("Bag of words", config, head)
        {
            (HeadKinds, FeatureCount) = (heads, config.Size("hidden_size"));
            _words = new Embedding(config.Size("vocab_size"), FeatureCount, padding: 0);
            _layer = new Linear(FeatureCount, FeatureCount);
            BuildFirstHead();
        }

        public override int FeatureCount { get; }

        public override IReadOnlyList<HeadKind> HeadKinds { get; }

        public override string BackbonePrefix => "";

        public override string WordEmbeddingName => "words.weight";

        public override int? MaximumLength => 32;

        public override IReadOnlyList<NetworkStage> Stages { get; } = [new("words"), new("layer")];

        public override Tensor ForwardHidden(TokenInput inputs)
        {
            using Tensor words = _words.call(inputs.Ids);
            using Tensor mixed = _layer.call(words);
            return mixed.tanh(); // [N, L, D]
        }

        public override Tensor Pool(Tensor hidden, TokenInput inputs)
        {
            using Tensor mask = inputs.Mask.to(ScalarType.Float32);
            using Tensor column = mask.unsqueeze(-1);
            using Tensor own = hidden.mul(column);
            using Tensor sum = own.sum(1);
            using Tensor counts = column.sum(1);
            return sum.div(counts); // [N, D]
        }

        protected override IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> BuildHead(HeadSpec head)
            => head.Kind == HeadKind.None ? [] : [("classifier", new Linear(FeatureCount, head.Outputs))];
    }
}
