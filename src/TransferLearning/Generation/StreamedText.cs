namespace TransferLearning;

/// <summary>
/// The text of tokens that come one by one, up to a stop word, whose beginning is held back until it is certain that it is none.
/// </summary>
internal sealed class StreamedText
{
    private readonly StreamingDecoder _decoder;
    private readonly IReadOnlyList<string> _stopWords;
    private readonly StringBuilder _text = new();
    private int _given;

    public StreamedText(TextTokenizer tokenizer, IReadOnlyList<string> stopWords)
        => (_decoder, _stopWords) = (new StreamingDecoder(tokenizer), stopWords);

    /// <summary>Whether a stop word has come; the text ends before it.</summary>
    public bool IsStopped { get; private set; }

    /// <summary>All of the text so far.</summary>
    public string Text => _text.ToString();

    /// <summary>Takes a token.</summary>
    /// <returns>Whether the text ends with it.</returns>
    public bool Append(int token) => IsStopped || Take(_decoder.Append(token));

    /// <summary>Takes what the decoder has held back; there are no more tokens.</summary>
    public void Finish()
    {
        if (!IsStopped)
        {
            Take(_decoder.Finish());
        }
    }

    /// <summary>What is certain and was not given before; may be empty.</summary>
    /// <param name="isEnd">Whether no more comes.</param>
    public string Certain(bool isEnd)
    {
        int end = _text.Length - (isEnd || IsStopped ? 0 : HeldBack());
        string part = _text.ToString(_given, Math.Max(end - _given, 0));
        _given += part.Length;
        return part;
    }

    private bool Take(string part)
    {
        int before = _text.Length;
        _text.Append(part);
        string text = _text.ToString();
        foreach (string word in _stopWords)
        {
            int place = text.IndexOf(word, Math.Max(before - word.Length + 1, 0), StringComparison.Ordinal);
            if (place >= 0)
            {
                _text.Length = Math.Min(_text.Length, place);
                IsStopped = true;
            }
        }

        return IsStopped;
    }

    /// <summary>How many of the last characters could be the beginning of a stop word.</summary>
    private int HeldBack()
    {
        string text = _text.ToString();
        int most = 0;
        foreach (string word in _stopWords)
        {
            for (int length = Math.Min(word.Length - 1, text.Length); length > most; length--)
            {
                if (text.EndsWith(word[..length], StringComparison.Ordinal))
                {
                    most = length;
                }
            }
        }

        return most;
    }
}
