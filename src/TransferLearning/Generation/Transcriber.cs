namespace TransferLearning;

/// <summary>Writes long sounds down, window by window.</summary>
internal abstract class Transcriber
{
    /// <summary>The code of the language; known before the first piece is given, if the network says it.</summary>
    public virtual string? Language => null;

    /// <summary>Writes a sound down, piece by piece.</summary>
    /// <param name="sound">The sound.</param>
    /// <param name="narrow">Copies of a decoder's weights of fewer bits, which stay the caller's; null for none.</param>
    /// <param name="cancellationToken">Ends the work before the next window.</param>
    public abstract IEnumerable<TranscriptionSegment> Run(
        SoundWindows sound, NarrowWeights? narrow, CancellationToken cancellationToken);
}
