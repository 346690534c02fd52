namespace TransferLearning;

/// <summary>Writes long sounds down, window by window.</summary>
internal abstract class Transcriber
{
    /// <summary>The code of the language; known before the first piece is given, if the network says it.</summary>
    public virtual string? Language => null;

    /// <summary>Writes a sound down, piece by piece.</summary>
    public abstract IEnumerable<TranscriptionSegment> Run(SoundWindows sound, CancellationToken cancellationToken);
}
