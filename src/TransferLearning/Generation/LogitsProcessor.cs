namespace TransferLearning;

/// <summary>Changes logits so that what the options rule out is not written.</summary>
/// <param name="options">What the caller asks for.</param>
/// <param name="rules">The tokens with a meaning.</param>
internal sealed class LogitsProcessor(GenerationOptions options, DecodingRules rules)
{
    /// <summary>Applies every rule to the logits of one next token, in place.</summary>
    /// <param name="logits">One number for each token of the vocabulary.</param>
    /// <param name="tokens">What is there so far, the prompt or the start token included, without padding.</param>
    /// <param name="written">How many of them are new.</param>
    /// <param name="isLast">Whether the text must end with the next token.</param>
    public void Apply(Span<float> logits, ReadOnlySpan<int> tokens, int written, bool isLast)
    {
        if (Forced(tokens.Length, isLast) is { Count: > 0 } forced)
        {
            logits.Fill(float.NegativeInfinity);
            foreach (int token in forced)
            {
                logits[token] = 0;
            }

            return;
        }

        if (rules.TokenCount < logits.Length)
        {
            logits[rules.TokenCount.Value..].Fill(float.NegativeInfinity);
        }

        // A token that is forced to come first moves the beginning of what is chosen by one.
        bool isBeginning = written == (tokens.Length - written == 1 && rules.ForcedFirst is not null ? 1 : 0);
        foreach (int token in isBeginning ? rules.Suppressed.Concat(rules.SuppressedFirst) : rules.Suppressed)
        {
            logits[token] = float.NegativeInfinity;
        }

        PenalizeRepetition(logits, tokens);
        BanNGrams(logits, tokens);
        foreach (int[] word in rules.BadWords)
        {
            if (tokens.EndsWith(word.AsSpan(0, word.Length - 1)))
            {
                logits[word[^1]] = float.NegativeInfinity;
            }
        }

        if (written < options.MinNewTokens || tokens.Length < options.MinLength)
        {
            foreach (int token in rules.End)
            {
                logits[token] = float.NegativeInfinity;
            }
        }

        rules.Timestamps?.Apply(logits, tokens[^written..]);
    }

    private IReadOnlyList<int> Forced(int length, bool isLast)
        => isLast && rules.ForcedLast.Count > 0 ? rules.ForcedLast
            : length == 1 && rules.ForcedFirst is { } first ? [first]
            : rules.ForcedAt.TryGetValue(length, out int token) ? [token]
            : [];

    private void PenalizeRepetition(Span<float> logits, ReadOnlySpan<int> tokens)
    {
        if (options.RepetitionPenalty == 1)
        {
            return;
        }

        float penalty = (float)options.RepetitionPenalty;
        HashSet<int> seen = [.. tokens];
        foreach (int token in seen)
        {
            logits[token] = logits[token] < 0 ? logits[token] * penalty : logits[token] / penalty;
        }
    }

    private void BanNGrams(Span<float> logits, ReadOnlySpan<int> tokens)
    {
        int before = options.NoRepeatNGram - 1;
        if (before < 0 || tokens.Length < options.NoRepeatNGram)
        {
            return;
        }

        ReadOnlySpan<int> end = tokens[^before..];
        for (int i = 0; i + before < tokens.Length; i++)
        {
            if (tokens.Slice(i, before).SequenceEqual(end))
            {
                logits[tokens[i + before]] = float.NegativeInfinity;
            }
        }
    }
}
