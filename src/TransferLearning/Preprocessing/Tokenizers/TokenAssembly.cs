namespace TransferLearning;

/// <summary>Cuts tokens to the maximum length and puts special tokens around them.</summary>
internal static class TokenAssembly
{
    /// <param name="first">The text.</param>
    /// <param name="second">The pair; null for none.</param>
    /// <param name="layout">Where special tokens stand.</param>
    /// <param name="limit">The most tokens of the result; null for any number.</param>
    /// <param name="truncation">What happens to more.</param>
    /// <param name="skipped">How many of the pair's first tokens are left out.</param>
    public static EncodedText Assemble(
        TokenList first, TokenList? second, SpecialTokenLayout layout, int? limit, TextTruncation truncation, int skipped = 0)
    {
        IReadOnlyList<SpecialTokenLayout.Part> parts = second is null ? layout.Single : layout.Pair;
        int special = parts.Count(part => !part.IsText);
        (int keptFirst, int keptSecond) = (first.Count, (second?.Count ?? 0) - skipped);
        if (limit is int most && special + keptFirst + keptSecond > most)
        {
            (keptFirst, keptSecond) = Kept(keptFirst, keptSecond, most, special, truncation);
        }

        int count = special + keptFirst + keptSecond;
        int[] ids = new int[count], types = new int[count], words = new int[count], sequences = new int[count];
        (int, int)[] offsets = new (int, int)[count];
        bool[] mask = new bool[count];
        int at = 0;
        foreach (SpecialTokenLayout.Part part in parts)
        {
            if (!part.IsText)
            {
                (ids[at], types[at], words[at], sequences[at], mask[at]) = (part.Token, part.TypeId, -1, -1, true);
                at++;
                continue;
            }

            (TokenList tokens, int kept, int begin) = part.Sequence == 0 ? (first, keptFirst, 0) : (second!, keptSecond, skipped);
            for (int i = 0; i < kept; i++, at++)
            {
                (int id, int start, int end, int word) = tokens[begin + i];
                (ids[at], types[at], offsets[at], words[at], sequences[at]) = (id, part.TypeId, (start, end - start), word, part.Sequence);
            }
        }

        return new EncodedText(ids, types, offsets, words, sequences, mask, first.Count + (second?.Count ?? 0) - keptFirst - keptSecond);
    }

    private static (int First, int Second) Kept(int first, int second, int most, int special, TextTruncation truncation)
    {
        int room = most - special;
        if (room < 0)
        {
            throw new TokenizerException(
                $"The maximum length is {most}, but {special} special tokens alone are longer. Allow more, or add no special tokens.");
        }

        return truncation switch
        {
            TextTruncation.LongestFirst => LongestFirst(first, second, room),
            TextTruncation.OnlyFirst when second <= room => (room - second, second),
            TextTruncation.OnlySecond when first <= room => (first, room - first),
            TextTruncation.Refuse => throw new TokenizerException(
                $"The text has {first + second + special} tokens, {special} special ones included; the maximum length is {most}. "
                + "Shorten the text, allow more, or choose a truncation."),
            _ => throw new TokenizerException(
                $"The text has {first} tokens, the pair {second}, and {special} are special; with the truncation {truncation} they cannot "
                + $"be cut to {most}. Shorten them, or choose {nameof(TextTruncation.LongestFirst)}."),
        };
    }

    // The same shares as Hugging Face's tokenizers: the shorter keeps all it has up to half, an odd token goes to the longer, and to the
    // pair when both are equally long.
    private static (int First, int Second) LongestFirst(int first, int second, int room)
    {
        (int shorter, int longer) = first <= second ? (first, second) : (second, first);
        longer = Math.Min(longer, Math.Max(shorter, room - shorter));
        if (shorter + longer > room)
        {
            shorter = room / 2;
            longer = room - shorter;
        }

        return first <= second ? (shorter, longer) : (longer, shorter);
    }
}
