namespace TransferLearning;

/// <summary>MarianMT, the translation networks of the OPUS-MT project: one network for each pair of languages.</summary>
public sealed class Marian : TextFamily
{
    /// <inheritdoc/>
    public override string Name => "MarianMT";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["marian"];

    /// <inheritdoc/>
    public override string Paper => "Junczys-Dowmunt et al.: Marian: Fast Neural Machine Translation in C++, 2018; Tiedemann and Thottingal: OPUS-MT, 2020";

    /// <inheritdoc/>
    public override IReadOnlyList<TextTask> Tasks => [TextTask.SequenceToSequence, TextTask.Features];

    /// <inheritdoc/>
    public override string ClassPrefix => "Marian";

    /// <inheritdoc/>
    public override string ArchitectureName(TextTask task) => task == TextTask.SequenceToSequence ? "MarianMTModel" : base.ArchitectureName(task);

    /// <inheritdoc/>
    protected override TextNetwork BuildNetwork(TextConfig config, TextTask task, int labels) => new EncoderDecoder(config, task, learned: false);
}
