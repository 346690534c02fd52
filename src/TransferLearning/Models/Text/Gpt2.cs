namespace TransferLearning;

/// <summary>GPT-2 in all its sizes, for text that continues a text and for classification. GPT-3 was never published; this is its
/// architecture with weights that are.</summary>
public sealed class Gpt2 : ConfigFamily
{
    /// <inheritdoc/>
    public override string Name => "GPT-2";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gpt2"];

    /// <inheritdoc/>
    public override string Paper
        => "Radford, Wu, Child, Luan, Amodei and Sutskever: Language Models are Unsupervised Multitask Learners, 2019";

    /// <inheritdoc/>
    public override IReadOnlyList<HeadKind> Heads => Gpt2Network.Kinds;

    /// <inheritdoc/>
    public override string ClassPrefix => "GPT2";

    /// <inheritdoc/>
    protected override string VocabularySuffix => "LMHeadModel";

    /// <inheritdoc/>
    protected override ConfigNetwork BuildNetwork(ModelConfig config, HeadSpec head) => new Gpt2Network(config, head);
}
