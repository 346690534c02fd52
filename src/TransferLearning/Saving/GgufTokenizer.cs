namespace TransferLearning;

/// <summary>Describes a tokenizer as llama.cpp reads it.</summary>
internal static class GgufTokenizer
{
    private const int Normal = 1;
    private const int Control = 3;
    private const int UserDefined = 4;
    private const int Unused = 5;

    /// <summary>The keys and values that describe a tokenizer.</summary>
    /// <param name="tokenizer">The tokenizer.</param>
    /// <param name="rows">How many rows the network's table of tokens has; tokens that the tokenizer lacks are said to be unused.</param>
    /// <param name="isEncoder">Whether the network is a bidirectional encoder.</param>
    /// <param name="notes">Takes what llama.cpp does otherwise.</param>
    /// <exception cref="NotSupportedException">llama.cpp cuts texts by other rules; the message says which.</exception>
    public static IReadOnlyList<KeyValuePair<string, object>> Describe(
        TextTokenizer tokenizer, int rows, bool isEncoder, List<string> notes)
    {
        (int[] before, int[] after) = Around(tokenizer);
        List<(string Key, object? Value)> values = tokenizer switch
        {
            WordPieceTokenizer pieces => OfWordPiece(pieces, before, after, notes),
            BytePairTokenizer pairs => OfBytePairs(pairs, isEncoder, before, after, notes),
            _ => throw Refused($"it is a {tokenizer.GetType().Name}, and WordPiece and byte pairs can be written"),
        };
        string prefix = (tokenizer as WordPieceTokenizer)?.Prefix ?? "";
        string[] tokens = new string[rows];
        int[] types = new int[rows];
        HashSet<string> known = [];
        for (int id = 0; id < rows; id++)
        {
            string? token = tokenizer.IdToToken(id);
            types[id] = token is null ? Unused : tokenizer.IsSpecial(id) ? Control : tokenizer.IsAdded(id) ? UserDefined : Normal;
            tokens[id] = token is null ? $"[PAD{id}]" : types[id] == Normal && prefix.Length > 0 ? Piece(token, prefix) : token;
            if (!known.Add(tokens[id]))
            {
                throw Refused($"its token {id} would be '{tokens[id]}', which another one is already, and llama.cpp ends the process then");
            }
        }

        values.AddRange(
        [
            ("tokens", tokens), ("token_type", types), ("bos_token_id", before.Length > 0 ? before[0] : tokenizer.ClassId),
            ("eos_token_id", after.Length > 0 ? after[0] : tokenizer.SeparatorId), ("unknown_token_id", tokenizer.UnknownId),
            ("padding_token_id", tokenizer.PadId), ("mask_token_id", tokenizer.MaskId), ("add_bos_token", before.Length > 0),
            ("add_eos_token", after.Length > 0),
        ]);
        if (isEncoder)
        {
            // The separator's key is misspelled in llama.cpp.
            values.AddRange([("cls_token_id", tokenizer.ClassId), ("seperator_token_id", tokenizer.SeparatorId)]);
        }

        return
        [
            .. values.Where(value => value.Value is not null).Select(value => KeyValuePair.Create(
                $"tokenizer.ggml.{value.Key}", value is { Value: int id } ? (uint)id : value.Value!)),
        ];
    }

    private static List<(string Key, object? Value)> OfWordPiece(
        WordPieceTokenizer tokenizer, int[] before, int[] after, List<string> notes)
    {
        BertNormalization normalization = tokenizer.Normalization;
        if (!normalization.SplitChinese || !normalization.Clean)
        {
            throw Refused("it keeps Chinese characters together or control characters, and llama.cpp does neither");
        }

        if (before.Length != 1 || after.Length != 1 || before[0] != tokenizer.ClassId || after[0] != tokenizer.SeparatorId)
        {
            throw Refused("it does not put its class token before and its separator behind a text, as llama.cpp does");
        }

        if (normalization.StripAccents)
        {
            notes.Add(
                "llama.cpp strips the vowels of Korean and the vowel signs of Hindi and its kin along with accents, which BERT does not: "
                    + "texts in these scripts have other tokens.");
        }

        notes.Add("Words of more than 100 characters are the unknown token here; llama.cpp looks for pieces in them too.");
        return
        [
            ("model", "bert"), ("pre", "default"), ("normalizer.lowercase", normalization.LowerCase),
            ("normalizer.strip_accents", normalization.StripAccents),
        ];
    }

    private static List<(string Key, object? Value)> OfBytePairs(
        BytePairTokenizer tokenizer, bool isEncoder, int[] before, int[] after, List<string> notes)
    {
        BytePairRules rules = tokenizer.Rules;
        if (rules.Words != BytePairWords.LikeGpt2 || rules.Normalizers.Count > 0 || rules.EndOfWordSuffix.Length > 0 || rules.IgnoreMerges)
        {
            throw Refused("it does not cut texts by GPT-2's rule");
        }

        if (before.Length > 1 || after.Length > 1 || (after.Length == 0 && tokenizer.SeparatorId is null))
        {
            // Where no key says it, llama.cpp takes token 11 for the end of texts.
            throw Refused("it has no token for the end of a text, or several of them around one");
        }

        if (rules.AddPrefixSpace)
        {
            notes.Add("The tokenizer puts a space before a text; llama.cpp does not: put it there yourself.");
        }

        return
        [
            ("model", "gpt2"), ("pre", isEncoder ? "roberta-bpe" : "gpt-2"),
            ("merges", tokenizer.Merges.Select(pair => $"{pair.Left} {pair.Right}").ToArray()),
        ];
    }

    // llama.cpp marks what begins a word, where BERT marks what does not.
    private static string Piece(string token, string prefix)
        => token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : $"\u2581{token}";

    private static (int[] Before, int[] After) Around(TextTokenizer tokenizer)
    {
        IReadOnlyList<SpecialTokenLayout.Part> parts = tokenizer.SpecialLayout.Single;
        return (
            [.. parts.TakeWhile(part => !part.IsText).Select(part => part.Token)],
            [.. parts.SkipWhile(part => !part.IsText).Skip(1).Select(part => part.Token)]);
    }

    private static NotSupportedException Refused(string reason)
        => new($"The tokenizer cannot be written for llama.cpp: {reason}.");
}
