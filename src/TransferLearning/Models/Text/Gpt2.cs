namespace TransferLearning;

/// <summary>
/// GPT-2 in all its sizes, for text that continues a text and for classification. GPT-3 was never published; this is its architecture with weights
/// that are.
/// </summary>
public sealed class Gpt2 : TextFamily
{
    /// <inheritdoc/>
    public override string Name => "GPT-2";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["gpt2"];

    /// <inheritdoc/>
    public override string Paper => "Radford, Wu, Child, Luan, Amodei and Sutskever: Language Models are Unsupervised Multitask Learners, 2019";

    /// <inheritdoc/>
    public override IReadOnlyList<TextTask> Tasks => [TextTask.CausalLanguageModel, TextTask.SequenceClassification, TextTask.Features];

    /// <inheritdoc/>
    public override string ClassPrefix => "GPT2";

    /// <inheritdoc/>
    protected override TextNetwork BuildNetwork(TextConfig config, TextTask task, int labels) => new Gpt2Network(config, task, labels);
}
