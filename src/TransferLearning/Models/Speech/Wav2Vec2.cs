namespace TransferLearning;

/// <summary>wav2vec 2.0, an encoder of samples that learned from speech without texts, as Hugging Face has it.</summary>
public sealed class Wav2Vec2 : ConfigFamily
{
    /// <inheritdoc/>
    public override string Name => "wav2vec 2.0";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["wav2vec2"];

    /// <inheritdoc/>
    public override string Paper
        => "Baevski et al.: wav2vec 2.0: A Framework for Self-Supervised Learning of Speech Representations, 2020";

    /// <inheritdoc/>
    public override IReadOnlyList<HeadKind> Heads => Wav2Vec2Network.Kinds;

    /// <inheritdoc/>
    public override string ClassPrefix => "Wav2Vec2";

    /// <inheritdoc/>
    protected override string VocabularySuffix => "ForCTC";

    /// <inheritdoc/>
    public override HeadKind? HeadOf(string architecture)
    {
        ArgumentNullException.ThrowIfNull(architecture);

        // What pretraining adds is no head over a vocabulary.
        return architecture.EndsWith("ForPreTraining", StringComparison.Ordinal) ? HeadKind.None : base.HeadOf(architecture);
    }

    /// <inheritdoc/>
    protected override ConfigNetwork BuildNetwork(ModelConfig config, HeadSpec head) => new Wav2Vec2Network("wav2vec2", config, head);
}
