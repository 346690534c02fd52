namespace TransferLearning;

/// <summary>A tokenizer could not be read, or a text could not be encoded. The message names the file or the token and the remedy.</summary>
public sealed class TokenizerException : IOException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">Which file or text, what was expected, what was found and what to do.</param>
    /// <param name="innerException">The cause, if another exception told it.</param>
    public TokenizerException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
