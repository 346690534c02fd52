namespace TransferLearning;

/// <summary>Sound in memory.</summary>
/// <param name="Waveform">The samples and their rate.</param>
public sealed record RawAudio(Waveform Waveform) : SampleContent
{
    /// <inheritdoc/>
    protected internal override ReadOnlyMemory<byte> ToBytes() => MemoryMarshal.AsBytes(Waveform.Samples.Span).ToArray();
}
