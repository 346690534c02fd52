namespace TransferLearning;

/// <summary>The tokens that have a meaning for decoding.</summary>
internal sealed record DecodingRules
{
    /// <summary>The token that an encoder-decoder's writing begins with.</summary>
    public int Start { get; init; }

    /// <summary>The token that fills up short rows.</summary>
    public int Padding { get; init; }

    /// <summary>The tokens that end a text.</summary>
    public IReadOnlyList<int> End { get; init; } = [];

    /// <summary>The token that must come after a beginning of one token, the start token of an encoder-decoder; null for any.</summary>
    public int? ForcedFirst { get; init; }

    /// <summary>The tokens of which one must come last where a text is as long as allowed; none for any.</summary>
    public IReadOnlyList<int> ForcedLast { get; init; } = [];

    /// <summary>The tokens that must come at a place, by how many are before it, those of the beginning included.</summary>
    public IReadOnlyDictionary<int, int> ForcedAt { get; init; } = new Dictionary<int, int>();

    /// <summary>
    /// How many tokens the tokenizer knows; tables of networks are often larger, rounded up. Null for as many as there are logits.
    /// </summary>
    public int? TokenCount { get; init; }

    /// <summary>Tokens that are never written.</summary>
    public IReadOnlyList<int> Suppressed { get; init; } = [];

    /// <summary>Tokens that are not written first.</summary>
    public IReadOnlyList<int> SuppressedFirst { get; init; } = [];

    /// <summary>What timestamps among the tokens obey; null where there are none.</summary>
    public TimestampRules? Timestamps { get; init; }

    /// <summary>Sequences of tokens that are never written.</summary>
    public IReadOnlyList<int[]> BadWords { get; init; } = [];

    /// <summary>What a configuration says.</summary>
    public static DecodingRules FromConfig(ModelConfig config)
    {
        IReadOnlyList<int> end = config.Wholes("eos_token_id");
        int padding = Token("pad_token_id") ?? (end.Count > 0 ? end[0] : 0);
        return new DecodingRules
        {
            Start = Token("decoder_start_token_id") ?? Token("bos_token_id") ?? padding,
            Padding = padding,
            End = end,
            ForcedFirst = Token("forced_bos_token_id"),
            ForcedLast = config.Wholes("forced_eos_token_id"),
            ForcedAt = config
                .WholeLists("forced_decoder_ids")
                .Where(pair => pair.Length == 2)
                .DistinctBy(pair => pair[0])
                .ToDictionary(pair => pair[0], pair => pair[1]),
            // Marian starts texts with padding.
            Suppressed = config.ModelType == "marian" ? [padding, .. config.Wholes("suppress_tokens")] : config.Wholes("suppress_tokens"),
            SuppressedFirst = config.Wholes("begin_suppress_tokens"),
            BadWords = config.WholeLists("bad_words_ids"),
        };

        int? Token(string key) => config.Has(key) ? config.Whole(key) : null;
    }
}
