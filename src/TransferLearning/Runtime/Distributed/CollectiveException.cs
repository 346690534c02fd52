namespace TransferLearning;

/// <summary>Another process of the job failed, or the processes do not fit together. The message says which and why.</summary>
public sealed class CollectiveException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="rank">The number of the process that failed.</param>
    /// <param name="message">What happened and what to try.</param>
    public CollectiveException(int rank, string message)
        : base(message) => Rank = rank;

    /// <summary>The number of the process that failed, from 0.</summary>
    public int Rank { get; }
}
