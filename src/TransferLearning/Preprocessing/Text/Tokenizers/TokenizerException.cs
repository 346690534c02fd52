namespace TransferLearning;

/// <summary>A tokenizer could not be read, or a text could not be encoded. The message names the file or token and the remedy.</summary>
public sealed class TokenizerException : IOException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">Which file or text, what was expected, what was found and what to do.</param>
    /// <param name="innerException">The cause, if another exception told it.</param>
    public TokenizerException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }

    /// <summary>A file that holds something else than it should.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">What goes on after the file's name, without a full stop.</param>
    /// <param name="innerException">The cause.</param>
    internal static TokenizerException Damaged(string path, string problem, Exception? innerException = null)
        => new($"'{path}' {problem.TrimEnd('.')}. Use the tokenizer file as it was published.", innerException);
}
