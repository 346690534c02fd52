namespace TransferLearning;

/// <summary>Turns tokens into text while they are generated. What a later token may still change is held back: bytes of an unfinished
/// character, or the last word where spaces before punctuation are cleaned up. All parts together, <see cref="Finish"/> included, are
/// exactly what <see cref="TextTokenizer.Decode"/> gives for all tokens. One object serves one text on one thread.</summary>
public sealed class StreamingDecoder
{
    private readonly TextTokenizer _tokenizer;
    private readonly TokenTextDecoder _decoder;
    private readonly bool _skipSpecialTokens;
    private readonly StringBuilder _text = new();

    /// <summary>Starts a text.</summary>
    /// <param name="tokenizer">The tokenizer that the tokens belong to.</param>
    /// <param name="skipSpecialTokens">Whether special tokens leave no trace in the text; yes by default.</param>
    public StreamingDecoder(TextTokenizer tokenizer, bool skipSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        _tokenizer = tokenizer;
        _decoder = tokenizer.StartDecoding();
        _skipSpecialTokens = skipSpecialTokens;
    }

    /// <summary>Takes the next token and returns the text that is certain now; often empty.</summary>
    /// <param name="id">The token.</param>
    /// <exception cref="ArgumentOutOfRangeException">The id is negative or not below
    /// <see cref="TextTokenizer.VocabularySize"/>.</exception>
    public string Append(int id)
    {
        _tokenizer.DecodeToken(id, _skipSpecialTokens, _decoder, _text);
        return Taken();
    }

    /// <summary>Ends the text and returns what was held back. The decoder can then serve a new text.</summary>
    public string Finish()
    {
        _decoder.Finish(_text);
        return Taken();
    }

    private string Taken()
    {
        string text = _text.ToString();
        _text.Clear();
        return text;
    }
}
