namespace TransferLearning;

/// <summary>Tokens and their ids. Ids may have gaps; a token's last id counts.</summary>
internal sealed class TokenVocabulary
{
    private const int MostTokens = 1 << 21;
    private readonly Dictionary<string, int> _ids;
    private readonly List<string?> _tokens;

    /// <exception cref="TokenizerException">There are no tokens, or an id is out of bounds.</exception>
    public TokenVocabulary(string source, IEnumerable<KeyValuePair<string, int>> entries)
    {
        Source = source;
        _ids = new Dictionary<string, int>(StringComparer.Ordinal);
        _tokens = [];
        foreach ((string token, int id) in entries)
        {
            if (id is < 0 or >= MostTokens)
            {
                throw TokenizerException.Damaged(source, $"gives '{token}' the id {id}, where 0 to {MostTokens - 1} are expected");
            }

            while (_tokens.Count <= id)
            {
                _tokens.Add(null);
            }

            _tokens[id] = token;
            _ids[token] = id;
        }

        if (_ids.Count == 0)
        {
            throw TokenizerException.Damaged(source, "holds no tokens");
        }
    }

    /// <summary>The file that the tokens came from, for messages.</summary>
    public string Source { get; }

    /// <summary>The greatest id plus one.</summary>
    public int Count => _tokens.Count;

    public IEnumerable<KeyValuePair<string, int>> Entries
    {
        get
        {
            for (int id = 0; id < _tokens.Count; id++)
            {
                if (_tokens[id] is string token)
                {
                    yield return new(token, id);
                }
            }
        }
    }

    public string? TokenAt(int id) => (uint)id < (uint)_tokens.Count ? _tokens[id] : null;
    public int? IdOf(string token) => _ids.TryGetValue(token, out int id) ? id : null;

    /// <summary>The id of a token that must be there.</summary>
    public int Required(string token) => IdOf(token) ?? throw new TokenizerException(
        $"'{Source}' has no token '{token}' among its {_ids.Count}, which this tokenizer needs. Use the file that belongs to the model.");
}
