namespace TransferLearning;

/// <summary>A data set could not be opened, or one of its samples could not be read. The message names the file and the remedy.</summary>
public sealed class DatasetException : IOException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">Which file, what was expected, what was found and what to do.</param>
    /// <param name="innerException">The cause, if another exception reported it.</param>
    public DatasetException(string message, Exception? innerException = null) : base(message, innerException) { }
}
