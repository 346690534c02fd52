namespace TransferLearning;

/// <summary>BART, for summaries and other texts made from texts.</summary>
public sealed class Bart : ConfigFamily
{
    /// <inheritdoc/>
    public override string Name => "BART";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["bart"];

    /// <inheritdoc/>
    public override string Paper
        => "Lewis et al.: BART: Denoising Sequence-to-Sequence Pre-training for Natural Language Generation, Translation, and "
            + "Comprehension, 2019";

    /// <inheritdoc/>
    public override IReadOnlyList<HeadKind> Heads => EncoderDecoder.Kinds;

    /// <inheritdoc/>
    public override string ClassPrefix => "Bart";

    /// <inheritdoc/>
    protected override string VocabularySuffix => "ForConditionalGeneration";

    /// <inheritdoc/>
    protected override ConfigNetwork BuildNetwork(ModelConfig config, HeadSpec head) => new BartNetwork(config, head, isLearned: true);
}
