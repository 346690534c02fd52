namespace TransferLearning;

/// <summary>HuBERT: the network of wav2vec 2.0, trained on clusters of frames, as Hugging Face has it.</summary>
public sealed class Hubert : ConfigFamily
{
    /// <inheritdoc/>
    public override string Name => "HuBERT";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["hubert"];

    /// <inheritdoc/>
    public override string Paper
        => "Hsu et al.: HuBERT: Self-Supervised Speech Representation Learning by Masked Prediction of Hidden Units, 2021";

    /// <inheritdoc/>
    public override IReadOnlyList<HeadKind> Heads => Wav2Vec2Network.Kinds;

    /// <inheritdoc/>
    public override string ClassPrefix => "Hubert";

    /// <inheritdoc/>
    protected override string VocabularySuffix => "ForCTC";

    /// <inheritdoc/>
    protected override ConfigNetwork BuildNetwork(ModelConfig config, HeadSpec head) => new Wav2Vec2Network("hubert", config, head);
}
