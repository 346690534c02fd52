namespace TransferLearning;

/// <summary>The tokens of one text as they are found: numbers, places in the text and words.</summary>
internal sealed class TokenList
{
    private (int Id, int Start, int End, int Word)[] _tokens;

    public TokenList(string text) => (Text, _tokens) = (text, new (int, int, int, int)[Math.Max((text.Length / 3) + 4, 8)]);

    /// <summary>The text, to which places refer.</summary>
    public string Text { get; }

    public int Count { get; private set; }

    /// <summary>The number of words begun so far, less one: the word that tokens join.</summary>
    public int Word { get; private set; } = -1;

    public ref readonly (int Id, int Start, int End, int Word) this[int index] => ref _tokens[index];

    public void BeginWord() => Word++;

    public void Add(int id, int start, int end)
    {
        if (Count == _tokens.Length)
        {
            Array.Resize(ref _tokens, _tokens.Length * 2);
        }

        _tokens[Count++] = (id, start, end, Math.Max(Word, 0));
    }
}
