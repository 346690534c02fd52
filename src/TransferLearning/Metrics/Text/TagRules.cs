namespace TransferLearning;

/// <summary>Between which two tags an entity begins, continues and ends in a scheme. A rule has the letters of the tag before, those of the
/// tag, and whether both must be of the same type ('=') or of two ('!').</summary>
/// <param name="Letters">The letters of the scheme.</param>
/// <param name="Starts">Where an entity begins, at the second tag.</param>
/// <param name="Insides">Where it continues.</param>
/// <param name="Ends">Where it ends, at the first tag.</param>
internal sealed record TagRules(string Letters, string[] Starts, string[] Insides, string[] Ends)
{
    public static TagRules Of(TagScheme scheme) => scheme switch
    {
        TagScheme.Iob1 => new(
            "IOB", ["O I", "I I !", "B I", "I B =", "B B ="], ["BI I ="], ["I I !", "I O", "I B", "B O", "B I !", "B B ="]),
        TagScheme.Iob2 => new("IOB", ["IOB B"], ["BI I ="], ["BI O", "BI I !", "BI B"]),
        TagScheme.Ioe1 => new("IOE", ["O I", "I I !", "E I", "E E ="], ["I IE ="], ["I I !", "I O", "I E !", "E I =", "E E ="]),
        TagScheme.Ioe2 => new("IOE", ["OE IE", "I IE !"], ["I IE ="], ["E IOE"]),
        TagScheme.Iobes => Bounded('E', 'S'),
        TagScheme.Bilou => Bounded('L', 'U'),
        _ => throw new ArgumentOutOfRangeException(nameof(scheme), scheme, "Expected one of the schemes."),
    };

    public static bool Match(string[] rules, (char Letter, string Type) before, (char Letter, string Type) word)
    {
        foreach (string rule in rules)
        {
            string[] parts = rule.Split(' ');
            if (parts[0].Contains(before.Letter, StringComparison.Ordinal)
                && parts[1].Contains(word.Letter, StringComparison.Ordinal)
                && (parts.Length == 2 || before.Type == word.Type == (parts[2] == "=")))
            {
                return true;
            }
        }

        return false;
    }

    private static TagRules Bounded(char last, char single)
    {
        string letters = $"IOB{last}{single}";
        return new TagRules(letters, [$"{letters} B{single}"], [$"BI I{last} ="], [$"{last}{single} {letters}"]);
    }
}
