namespace TransferLearning.Mpi;

/// <summary>MPI cannot be started, or a call of it failed. The message says which and what to try.</summary>
public sealed class MpiException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What happened and what to try.</param>
    public MpiException(string message)
        : base(message)
    {
    }
}
