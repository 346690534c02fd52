namespace TransferLearning;

/// <summary>The Audio Spectrogram Transformer, a vision transformer that classifies spectrograms, as Hugging Face has it.</summary>
public sealed class AudioSpectrogramTransformer : ConfigFamily
{
    /// <inheritdoc/>
    public override string Name => "Audio Spectrogram Transformer";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["audio-spectrogram-transformer"];

    /// <inheritdoc/>
    public override string Paper => "Gong, Chung and Glass: AST: Audio Spectrogram Transformer, 2021";

    /// <inheritdoc/>
    public override IReadOnlyList<HeadKind> Heads => SpectrogramNetwork.Kinds;

    /// <inheritdoc/>
    public override string ClassPrefix => "AST";

    /// <inheritdoc/>
    protected override string VocabularySuffix => throw new NotSupportedException($"{Name} has no vocabulary.");

    /// <inheritdoc/>
    protected override string PooledSuffix => "ForAudioClassification";

    /// <inheritdoc/>
    protected override ConfigNetwork BuildNetwork(ModelConfig config, HeadSpec head) => new SpectrogramNetwork(config, head);
}
