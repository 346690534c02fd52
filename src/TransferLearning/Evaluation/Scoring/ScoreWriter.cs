namespace TransferLearning;

/// <summary>Writes scored samples into one file.</summary>
public abstract class ScoreWriter : IDisposable
{
    /// <summary>Writes samples, in rising order of their numbers over all calls.</summary>
    /// <param name="samples">The samples.</param>
    public abstract void Write(IReadOnlyList<ScoredSample> samples);

    /// <summary>Ends the file.</summary>
    public abstract void Dispose();
}
