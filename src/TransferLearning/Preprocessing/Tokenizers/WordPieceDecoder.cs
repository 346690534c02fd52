namespace TransferLearning;

/// <summary>Joins WordPiece tokens to words, with Hugging Face's clean-up of the spaces before punctuation where asked for.</summary>
internal sealed class WordPieceDecoder : TokenTextDecoder
{
    private readonly string _prefix;
    private readonly bool _cleanUp;
    private readonly StringBuilder _held = new();
    private bool _begun;

    public WordPieceDecoder(string prefix, bool cleanUp)
    {
        _prefix = prefix;
        _cleanUp = cleanUp;
    }

    public override void Append(int id, string token, StringBuilder text)
    {
        if (_begun && token.Length > _prefix.Length && token.StartsWith(_prefix, StringComparison.Ordinal))
        {
            _held.Append(token, _prefix.Length, token.Length - _prefix.Length);
        }
        else
        {
            AppendAdded(token, text);
            return;
        }

        Release(text);
    }

    public override void AppendAdded(string content, StringBuilder text)
    {
        // A lone apostrophe closes up with the word after it, so it waits for that word.
        if (!(_held.Length == 2 && _held[0] == ' ' && _held[1] == '\''))
        {
            Flush(text);
        }

        if (_begun)
        {
            _held.Append(' ');
        }

        _held.Append(content);
        _begun = true;
        Release(text);
    }

    public override void Finish(StringBuilder text)
    {
        Flush(text);
        _begun = false;
    }

    private void Release(StringBuilder text)
    {
        if (!_cleanUp)
        {
            Flush(text);
        }
    }

    private void Flush(StringBuilder text)
    {
        string held = _held.ToString();
        _held.Clear();
        text.Append(_cleanUp ? CleanedUp(held) : held);
    }

    private static string CleanedUp(string text) => !text.Contains(' ', StringComparison.Ordinal) ? text : text
        .Replace(" .", ".", StringComparison.Ordinal)
        .Replace(" ?", "?", StringComparison.Ordinal)
        .Replace(" !", "!", StringComparison.Ordinal)
        .Replace(" ,", ",", StringComparison.Ordinal)
        .Replace(" ' ", "'", StringComparison.Ordinal)
        .Replace(" n't", "n't", StringComparison.Ordinal)
        .Replace(" 'm", "'m", StringComparison.Ordinal)
        .Replace(" 's", "'s", StringComparison.Ordinal)
        .Replace(" 've", "'ve", StringComparison.Ordinal)
        .Replace(" 're", "'re", StringComparison.Ordinal);
}
