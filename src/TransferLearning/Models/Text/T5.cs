namespace TransferLearning;

/// <summary>T5, T5 v1.1 and Flan-T5: every task is a text to be written, named at the beginning of the text that is read.</summary>
public sealed class T5 : ConfigFamily
{
    /// <inheritdoc/>
    public override string Name => "T5";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["t5"];

    /// <inheritdoc/>
    public override string Paper
        => "Raffel et al.: Exploring the Limits of Transfer Learning with a Unified Text-to-Text Transformer, 2020; Chung et al.: Scaling "
            + "Instruction-Finetuned Language Models, 2022";

    /// <inheritdoc/>
    public override IReadOnlyList<HeadKind> Heads => T5Network.Kinds;

    /// <inheritdoc/>
    public override string ClassPrefix => "T5";

    /// <inheritdoc/>
    protected override string VocabularySuffix => "ForConditionalGeneration";

    /// <inheritdoc/>
    protected override ConfigNetwork BuildNetwork(ModelConfig config, HeadSpec head) => new T5Network(config, head);
}
