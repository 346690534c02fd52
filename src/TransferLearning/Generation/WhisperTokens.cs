namespace TransferLearning;

/// <summary>The tokens that have a meaning for Whisper, by their names in its tokenizer.</summary>
internal sealed class WhisperTokens
{
    private readonly SortedDictionary<string, int> _languages = new(StringComparer.Ordinal);

    /// <summary>Finds them.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <exception cref="TokenizerException">One that every Whisper has is missing.</exception>
    public WhisperTokens(TextTokenizer tokenizer)
    {
        Start = Required("<|startoftranscript|>");
        End = Required("<|endoftext|>");
        (Translate, Transcribe) = (tokenizer.TokenToId("<|translate|>"), tokenizer.TokenToId("<|transcribe|>"));
        (Previous, NoTimestamps) = (tokenizer.TokenToId("<|startofprev|>"), tokenizer.TokenToId("<|notimestamps|>"));
        NoSpeech = tokenizer.TokenToId("<|nospeech|>") ?? tokenizer.TokenToId("<|nocaptions|>");
        FirstTime = tokenizer.TokenToId("<|0.00|>") ?? NoTimestamps + 1; // older tokenizers end before the times
        for (int id = Start + 1; id < (Translate ?? 0) && id < (Transcribe ?? 0); id++)
        {
            if (tokenizer.IdToToken(id) is { } token && token.StartsWith("<|", StringComparison.Ordinal) && token.Length <= 8)
            {
                _languages[token[2..^2]] = id;
            }
        }

        int Required(string token) => tokenizer.TokenToId(token)
            ?? throw new TokenizerException(
                $"The tokenizer has no token '{token}', which every Whisper has: copy the tokenizer's files of the model into the folder.");
    }

    public int Start { get; }
    public int End { get; }
    public int? Translate { get; }
    public int? Transcribe { get; }
    public int? Previous { get; }
    public int? NoTimestamps { get; }
    public int? NoSpeech { get; }

    /// <summary>The token of the time 0; null where no times are known.</summary>
    public int? FirstTime { get; }

    /// <summary>The codes of the languages, with their tokens; empty for a network that knows English alone.</summary>
    public IReadOnlyDictionary<string, int> Languages => _languages;

    /// <summary>Tokens that say what is to be written, and are no part of it.</summary>
    public IEnumerable<int> Commands
        => new[] { Start, Translate, Transcribe, Previous, NoSpeech }.Where(token => token is not null).Select(token => token!.Value);

    /// <summary>What follows the start token.</summary>
    /// <param name="language">The code of the language; null where the network knows but one.</param>
    /// <param name="translates">Whether English is written whatever is spoken.</param>
    /// <param name="hasTimes">Whether times are written.</param>
    /// <exception cref="ArgumentException">The network does not know the language, or does not translate.</exception>
    public IReadOnlyList<int> Prompt(string? language, bool translates, bool hasTimes)
    {
        List<int> prompt = [];
        if (Languages.Count > 0)
        {
            prompt.Add(Languages.TryGetValue(language ?? "en", out int token)
                ? token
                : throw new ArgumentException(
                    $"This Whisper does not know the language '{language}'; it knows {string.Join(", ", Languages.Keys)}.",
                    nameof(language)));
            prompt.Add((translates ? Translate : Transcribe)!.Value);
        }
        else if (translates || language is not (null or "en"))
        {
            throw new ArgumentException(
                $"This Whisper writes English of English alone; {(translates ? "translating" : $"'{language}'")} needs a multilingual one.",
                nameof(language));
        }

        if (!hasTimes && NoTimestamps is { } none)
        {
            prompt.Add(none);
        }

        return prompt;
    }
}
