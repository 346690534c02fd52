namespace TransferLearning;

/// <summary>MarianMT, the translation networks of the OPUS-MT project: one network for each pair of languages.</summary>
public sealed class Marian : ConfigFamily
{
    /// <inheritdoc/>
    public override string Name => "MarianMT";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes => ["marian"];

    /// <inheritdoc/>
    public override string Paper
        => "Junczys-Dowmunt et al.: Marian: Fast Neural Machine Translation in C++, 2018; Tiedemann and Thottingal: OPUS-MT, 2020";

    /// <inheritdoc/>
    public override IReadOnlyList<HeadKind> Heads => EncoderDecoder.Kinds;

    /// <inheritdoc/>
    public override string ClassPrefix => "Marian";

    /// <inheritdoc/>
    protected override string VocabularySuffix => "MTModel";

    /// <inheritdoc/>
    protected override ConfigNetwork BuildNetwork(ModelConfig config, HeadSpec head) => new BartNetwork(config, head, isLearned: false);
}
