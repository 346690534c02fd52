namespace TransferLearning;

/// <summary>LibTorch could not be loaded. The message says what was tried and what to install.</summary>
public sealed class LibTorchLoadException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">What was tried and what to install.</param>
    /// <param name="innerException">What the system's loader said.</param>
    public LibTorchLoadException(string message, Exception? innerException = null) : base(message, innerException) { }
}
