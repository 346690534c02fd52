namespace TransferLearning;

/// <summary>Whisper, which writes down or translates speech in many languages, as Hugging Face has it.</summary>
public sealed class Whisper : ConfigFamily
{
    /// <inheritdoc/>
    public override string Name => "Whisper";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = ["whisper"];

    /// <inheritdoc/>
    public override string Paper => "Radford et al.: Robust Speech Recognition via Large-Scale Weak Supervision, 2022";

    /// <inheritdoc/>
    public override IReadOnlyList<HeadKind> Heads => WhisperNetwork.Kinds;

    /// <inheritdoc/>
    public override string ClassPrefix => "Whisper";

    /// <inheritdoc/>
    protected override string VocabularySuffix => "ForConditionalGeneration";

    /// <inheritdoc/>
    protected override string PooledSuffix => "ForAudioClassification";

    /// <inheritdoc/>
    protected override ConfigNetwork BuildNetwork(ModelConfig config, HeadSpec head) => new WhisperNetwork(config, head);
}
