namespace TransferLearning;

/// <summary>Training cannot continue. The message names epoch and batch and what to try; the model holds the best weights so far.</summary>
public sealed class TrainingException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="epoch">The epoch, from 1.</param>
    /// <param name="batch">The batch of the epoch, from 1.</param>
    /// <param name="message">What happened and what to try.</param>
    /// <param name="innerException">The cause, if there was another exception.</param>
    public TrainingException(int epoch, int batch, string message, Exception? innerException = null)
        : base(message, innerException) => (Epoch, Batch) = (epoch, batch);

    /// <summary>The epoch, from 1.</summary>
    public int Epoch { get; }

    /// <summary>The batch of the epoch, from 1.</summary>
    public int Batch { get; }
}
