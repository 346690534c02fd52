namespace TransferLearning;

/// <summary>A sound file as it lies on disk: WAV, FLAC, Ogg Vorbis, Opus or MP3; its first bytes say which.</summary>
/// <param name="Bytes">The whole file.</param>
public sealed record EncodedAudio(ReadOnlyMemory<byte> Bytes) : SampleContent
{
    /// <inheritdoc/>
    protected internal override ReadOnlyMemory<byte> ToBytes() => Bytes;
}
