namespace TransferLearning;

/// <summary>Reads entities from tags.</summary>
internal static class TagReader
{
    private const string Outside = "O";

    /// <summary>
    /// conlleval's reading (Tjong Kim Sang and Buchholz, 2000): whether an entity ends or begins between two words follows from both tags
    /// alone.
    /// </summary>
    public static List<TaggedEntity> Lenient(IReadOnlyList<string> tags)
    {
        List<TaggedEntity> entities = [];
        int first = 0;
        (char before, string? typeBefore) = ('O', "");
        for (int i = 0; i <= tags.Count; i++)
        {
            string tag = i < tags.Count ? tags[i] : Outside;
            char letter = LetterOf(tag);
            string type = tag[1..].Split('-', 2)[^1] is { Length: > 0 } named ? named : "_";
            bool changes = type != typeBefore;
            if (before is 'E' or 'S' || (before is 'B' or 'I' && letter is 'B' or 'S' or 'O') || (before is not ('O' or '.') && changes))
            {
                entities.Add(new TaggedEntity(typeBefore, first, i - 1));
            }

            if (letter is 'B' or 'S' || (before is 'E' or 'S' or 'O' && letter is 'E' or 'I') || (letter is not ('O' or '.') && changes))
            {
                first = i;
            }

            (before, typeBefore) = (letter, type);
        }

        return entities;
    }

    /// <summary>seqeval's strict reading: only what follows the scheme is an entity.</summary>
    /// <exception cref="ArgumentException">A tag has a letter that is not of the scheme.</exception>
    public static List<TaggedEntity> Strict(IReadOnlyList<string> tags, TagScheme scheme)
    {
        TagRules rules = TagRules.Of(scheme);
        (char Letter, string Type)[] words = new (char Letter, string Type)[tags.Count + 1];
        for (int i = 0; i < words.Length; i++)
        {
            string tag = i < tags.Count ? tags[i] : Outside;
            words[i] = (LetterOf(tag), tag[1..].Trim('-') is { Length: > 0 } type ? type : "_");
            if (!rules.Letters.Contains(words[i].Letter, StringComparison.Ordinal))
            {
                throw new ArgumentException(
                    $"The tag '{tag}' is not of the scheme {scheme}, whose letters are {rules.Letters}.", nameof(tags));
            }
        }

        List<TaggedEntity> entities = [];
        for (int i = 0; i < words.Length;)
        {
            (char, string) before = i > 0 ? words[i - 1] : ('O', "_");
            if (!TagRules.Match(rules.Starts, before, words[i]))
            {
                i++;
                continue;
            }

            int end = i + 1;
            while (end < words.Length && TagRules.Match(rules.Insides, words[end - 1], words[end]))
            {
                end++;
            }

            if (end < words.Length && TagRules.Match(rules.Ends, words[end - 1], words[end]))
            {
                entities.Add(new TaggedEntity(words[i].Type, i, end - 1));
            }

            i = end;
        }

        return entities;
    }

    private static char LetterOf(string tag)
        => tag is { Length: > 0 } ? tag[0] : throw new ArgumentException("A tag is empty; a word outside any entity has 'O'.");
}
