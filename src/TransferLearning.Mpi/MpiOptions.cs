namespace TransferLearning.Mpi;

/// <summary>How <see cref="MpiCommunicator.Start"/> works.</summary>
public sealed record MpiOptions
{
    /// <summary>
    /// The library of MPI, as a path or a name that the system finds. Default: null, that of the launcher, then whatever is installed: Open
    /// MPI (<c>libmpi.so.40</c>), MPICH and what has its binary interface (<c>libmpich.so.12</c>, <c>libmpi.so.12</c>).
    /// </summary>
    public string? Library { get; init; }

    /// <summary>
    /// How long a call may wait for the other processes. Then this process ends with a message, and the launcher ends the others: a call
    /// of MPI cannot be broken off. It must be longer than one process may lag behind, by an image to decode or a checkpoint to write.
    /// Default: ten minutes.
    /// </summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How many threads LibTorch computes with in this process. Default: null, the cores of the machine divided by the processes on it, or
    /// what the environment variable <c>OMP_NUM_THREADS</c> says.
    /// </summary>
    public int? Threads { get; init; }

    /// <summary>How many numbers one call of MPI carries at most; more go in several calls. Default: 2^27.</summary>
    public int LargestCount { get; init; } = 1 << 27;

    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(Timeout, TimeSpan.Zero, nameof(Timeout));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(LargestCount);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Threads ?? 1, nameof(Threads));
    }
}
