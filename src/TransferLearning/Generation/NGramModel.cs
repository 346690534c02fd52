namespace TransferLearning;

/// <summary>
/// How likely words follow each other, counted in texts: an n-gram model with back-off (Katz, 1987) in the ARPA form that KenLM, SRILM and
/// others write. Immutable.
/// </summary>
public sealed class NGramModel
{
    private const string BeginOfText = "<s>";
    private const string EndOfText = "</s>";
    private const string Unknown = "<unk>";
    private const double UnknownByDefault = -7; // the decimal logarithm, where the file has no such word
    private const int MostOrder = 12;
    private const long MostEntries = 1L << 28;

    private readonly Dictionary<string, (float Probability, float BackOff)> _entries = new(StringComparer.Ordinal);

    private NGramModel(int order) => Order = order;

    /// <summary>How many words at most are looked at together.</summary>
    public int Order { get; }

    /// <summary>How many sequences of words are known.</summary>
    public int Count => _entries.Count;

    /// <summary>Reads a file in the ARPA form.</summary>
    /// <param name="path">The file: UTF-8 text.</param>
    /// <exception cref="InvalidDataException">It is of another form or damaged; the message names the line.</exception>
    public static NGramModel FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using StreamReader reader = new(path, new UTF8Encoding(false, throwOnInvalidBytes: true));
        long number = 0;
        try
        {
            return Read(() =>
            {
                number++;
                return reader.ReadLine();
            });
        }
        catch (Exception exception) when (exception is FormatException or DecoderFallbackException)
        {
            throw new InvalidDataException(
                $"'{path}', line {number}: {exception.Message.TrimEnd('.')}. Expected a language model in the ARPA form, as "
                    + "KenLM writes it.",
                exception);
        }
    }

    /// <summary>The natural logarithm of the probability of a word after others.</summary>
    /// <param name="context">The words before it, the last one last; <c>&lt;s&gt;</c> begins a text. More than count are not looked
    /// at.</param>
    /// <param name="word">The word; <c>&lt;/s&gt;</c> ends a text.</param>
    public double LogProbability(IReadOnlyList<string> context, string word)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(word);
        string known = Known(word);
        double backOff = 0;
        for (int length = Math.Min(Order - 1, context.Count); length >= 0; length--)
        {
            string before = string.Join(' ', context.Skip(context.Count - length).Select(Known));
            if (_entries.TryGetValue(length == 0 ? known : $"{before} {known}", out (float Probability, float BackOff) entry))
            {
                return (entry.Probability + backOff) * Math.Log(10);
            }

            backOff += length > 0 && _entries.TryGetValue(before, out (float Probability, float BackOff) shorter) ? shorter.BackOff : 0;
        }

        return (UnknownByDefault + backOff) * Math.Log(10);
    }

    /// <summary>The words before a text, which is none.</summary>
    internal static IReadOnlyList<string> Beginning { get; } = [BeginOfText];

    /// <summary>The logarithm of the probability that a text ends.</summary>
    internal double LogProbabilityOfEnd(IReadOnlyList<string> context) => LogProbability(context, EndOfText);

    private string Known(string word) => _entries.ContainsKey(word) ? word : Unknown;

    private static NGramModel Read(Func<string?> next)
    {
        string? line = next();
        while (line is not null && line.Trim() != "\\data\\")
        {
            line = next();
        }

        List<long> counts = [];
        while ((line = next()?.Trim()) is not null && !line.StartsWith('\\'))
        {
            if (line.StartsWith("ngram ", StringComparison.Ordinal))
            {
                string[] parts = line[6..].Split('=');
                if (parts.Length != 2 || Whole(parts[0]) != counts.Count + 1 || Whole(parts[1]) < 0)
                {
                    throw new FormatException($"'{line}' is not the number of sequences of {counts.Count + 1} words");
                }

                counts.Add(Whole(parts[1]));
            }
        }

        if (counts.Count is 0 or > MostOrder || counts.Sum() > MostEntries)
        {
            throw new FormatException(
                $"the header names {counts.Count} lengths with {counts.Sum()} sequences; expected 1 to {MostOrder} and at most "
                    + $"{MostEntries}");
        }

        NGramModel model = new(counts.Count);
        for (int order = 1; order <= counts.Count; order++)
        {
            if (line != $"\\{order}-grams:")
            {
                throw new FormatException($"'{line}' stands where \\{order}-grams: is expected");
            }

            long found = 0;
            while ((line = next()?.Trim()) is not null && !line.StartsWith('\\'))
            {
                if (line.Length > 0)
                {
                    model.Add(line, order);
                    found++;
                }
            }

            if (found != counts[order - 1])
            {
                throw new FormatException($"there are {found} sequences of {order} words, and the header names {counts[order - 1]}");
            }
        }

        return line == "\\end\\" ? model : throw new FormatException("the file ends before \\end\\");
    }

    private static long Whole(string text)
        => long.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : throw new FormatException($"'{text}' is not a whole number");

    private void Add(string line, int order)
    {
        string[] parts = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length != order + 1 && parts.Length != order + 2)
        {
            throw new FormatException($"'{line}' is not a probability, {order} words and a back-off");
        }

        float backOff = parts.Length == order + 2 ? Number(parts[^1]) : 0;
        _entries[string.Join(' ', parts.Skip(1).Take(order))] = (Number(parts[0]), backOff);
    }

    private static float Number(string text)
        => float.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) && !float.IsNaN(number)
            ? number
            : throw new FormatException($"'{text}' is not a number");
}
