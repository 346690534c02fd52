namespace TransferLearning;

/// <summary>A tokenizer could not be read, or a text could not be encoded. The message names the file or token and the remedy.</summary>
public sealed class TokenizerException : IOException
{
    /// <summary>Makes the exception.</summary>
    /// <param name="message">Which file or text, what was expected, what was found and what to do.</param>
    /// <param name="innerException">The cause, if another exception reported it.</param>
    public TokenizerException(string message, Exception? innerException = null) : base(message, innerException) { }

    /// <summary>A file that holds something else than it should.</summary>
    /// <param name="path">The file.</param>
    /// <param name="problem">What follows the file's name, without a full stop.</param>
    /// <param name="innerException">The cause.</param>
    internal static TokenizerException Damaged(string path, string problem, Exception? innerException = null)
        => new($"'{path}' {problem.TrimEnd('.')}. The file is damaged or of another kind; copy or download it again.", innerException);

    /// <summary>A file that is whole, but asks for something that the library does not do.</summary>
    /// <param name="path">The file.</param>
    /// <param name="feature">What it asks for, as a sentence without a full stop.</param>
    internal static TokenizerException Unsupported(string path, string feature)
        => new($"'{path}': {feature}, which is not supported. Supported are WordPiece (BERT, DistilBERT), byte-level BPE (GPT-2, RoBERTa, "
            + "BART, CLIP, Qwen2) and Unigram or SentencePiece (T5, XLM-RoBERTa, Marian). Take a model with such a tokenizer, or encode "
            + "its texts with another program.");
}
