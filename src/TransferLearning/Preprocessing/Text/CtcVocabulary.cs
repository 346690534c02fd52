namespace TransferLearning;

/// <summary>The characters or pieces of words that a speech recogniser with CTC writes, one for each of its outputs, and the blank that
/// stands between them. Immutable; equal where all of it is.</summary>
/// <remarks>A text is cut into the longest entries, from its beginning on; white space between words becomes the word delimiter, and that
/// around the text nothing. A letter that the vocabulary has only in the other case is written in that.</remarks>
public sealed class CtcVocabulary : IEquatable<CtcVocabulary>
{
    private const string VocabularyFile = "vocab.json";
    private const string SettingsFile = "tokenizer_config.json";
    private const string DefaultBlank = "<pad>";
    private const string DefaultUnknown = "<unk>";
    private const string DefaultDelimiter = "|";
    private const int MostEntries = 1 << 20;

    private static readonly string[] UsualSpecials = ["<s>", "</s>", DefaultBlank, DefaultUnknown];
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    private readonly Dictionary<string, int> _ids = new(StringComparer.Ordinal);
    private readonly HashSet<int> _special = [];
    private readonly int _longest;

    /// <summary>Makes a vocabulary.</summary>
    /// <param name="tokens">The entries in the order of the outputs, all different, none empty.</param>
    /// <param name="blank">The entry that means no character. Default: <c>&lt;pad&gt;</c>, as wav2vec2 has it.</param>
    /// <param name="wordDelimiter">The entry between words; null where words are not kept apart. Default: <c>|</c>.</param>
    /// <param name="unknown">The entry for what no other spells; null, or not among the entries, refuses such texts. Default:
    /// <c>&lt;unk&gt;</c>.</param>
    /// <exception cref="ArgumentException">An entry is empty or occurs twice, or blank or delimiter are not among them.</exception>
    public CtcVocabulary(
        IReadOnlyList<string> tokens,
        string blank = DefaultBlank,
        string? wordDelimiter = DefaultDelimiter,
        string? unknown = DefaultUnknown)
    {
        ArgumentNullException.ThrowIfNull(tokens);
        ArgumentException.ThrowIfNullOrEmpty(blank);
        Tokens = [.. tokens];
        for (int id = 0; id < Tokens.Count; id++)
        {
            if (string.IsNullOrEmpty(Tokens[id]) || !_ids.TryAdd(Tokens[id], id))
            {
                throw new ArgumentException(
                    $"Entry {id} of the vocabulary, '{Tokens[id]}', is empty or occurs twice; expected {Tokens.Count} different ones.",
                    nameof(tokens));
            }
        }

        Blank = Required(blank, nameof(blank));
        WordDelimiter = wordDelimiter is null ? null : Required(wordDelimiter, nameof(wordDelimiter));
        Unknown = unknown is not null && _ids.TryGetValue(unknown, out int number) ? number : null;
        foreach (string token in (string[])[blank, .. UsualSpecials, .. unknown is null ? [] : new[] { unknown }])
        {
            if (_ids.TryGetValue(token, out int id))
            {
                _special.Add(id);
            }
        }

        _longest = Tokens.Where((_, id) => !_special.Contains(id)).Select(token => token.Length).DefaultIfEmpty(0).Max();
    }

    /// <summary>The entries in the order of the outputs.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>How many entries there are, the blank included: the number of outputs.</summary>
    public int Count => Tokens.Count;

    /// <summary>The number of the entry that means no character.</summary>
    public int Blank { get; }

    /// <summary>The number of the entry between words; null where words are not kept apart.</summary>
    public int? WordDelimiter { get; }

    /// <summary>The number of the entry for what no other spells; null where there is none.</summary>
    public int? Unknown { get; }

    /// <summary>Makes a vocabulary of the characters of a data set's transcripts, in the order of Unicode.</summary>
    /// <param name="dataset">Samples with a <see cref="TextTarget"/>; only these are read, no sounds.</param>
    /// <exception cref="ArgumentException">A sample has another target, or no transcript has a character.</exception>
    public static CtcVocabulary FromTranscripts(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        SortedSet<Rune> characters = [];
        for (int index = 0; index < dataset.Count; index++)
        {
            TextTarget transcript = dataset.TargetOf(index) as TextTarget
                ?? throw new ArgumentException(
                    $"'{dataset.NameOf(index)}' has a {dataset.TargetOf(index).GetType().Name}; a vocabulary is made of "
                        + $"{nameof(TextTarget)}s.",
                    nameof(dataset));
            characters.UnionWith(transcript.Text.EnumerateRunes().Where(rune => !Rune.IsWhiteSpace(rune)));
        }

        characters.Remove(new Rune(DefaultDelimiter[0])); // it stands for the space
        return characters.Count > 0
            ? new CtcVocabulary(
                [DefaultBlank, DefaultUnknown, DefaultDelimiter, .. characters.Select(character => character.ToString())])
            : throw new ArgumentException($"No transcript of {dataset} has a character.", nameof(dataset));
    }

    /// <summary>Reads the vocabulary of a Hugging Face checkpoint folder: <c>vocab.json</c> and <c>tokenizer_config.json</c>.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="TokenizerException">A file is missing or damaged, or of another kind.</exception>
    public static CtcVocabulary FromFolder(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string path = Path.Combine(folder, VocabularyFile);
        TokenizerSettings settings = TokenizerSettings.Read(folder);
        if (!File.Exists(path))
        {
            throw new TokenizerException(
                $"'{folder}' has no {VocabularyFile}, so nothing says which characters the outputs stand for. It lies beside the weights "
                    + "of recognisers; for a network without one call For(new CtcRecognition(CtcVocabulary.FromTranscripts(dataset))).");
        }

        using JsonDocument document = TokenizerFile.Json(path);
        if (document.RootElement.EnumerateObject().Any(entry => entry.Value.ValueKind == JsonValueKind.Object))
        {
            throw new TokenizerException(
                $"'{path}' holds a vocabulary for each of several languages. Keep the one of your language in the file: an object of "
                    + "tokens and numbers.");
        }

        SortedDictionary<int, string> entries = [];
        foreach ((string token, int id) in TokenizerFile.Vocabulary(path, document.RootElement)
            .Concat(settings.Added.Select(token => KeyValuePair.Create(token.Content, token.Id))))
        {
            if (id is < 0 or >= MostEntries || (!entries.TryAdd(id, token) && entries[id] != token))
            {
                throw TokenizerException.Damaged(
                    path, $"gives '{token}' the number {id}, which is taken, or not from 0 to {MostEntries - 1}");
            }
        }

        return Read(path, folder, entries, settings);
    }

    /// <summary>The entries that spell a text.</summary>
    /// <param name="text">The text.</param>
    /// <exception cref="InvalidDataException">A character is not in the vocabulary, which has no entry for such.</exception>
    public int[] Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<int> ids = [];
        foreach (string word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (ids.Count > 0 && WordDelimiter is { } delimiter)
            {
                ids.Add(delimiter);
            }

            for (int at = 0; at < word.Length;)
            {
                at += Next(word.AsSpan(at), ids);
            }
        }

        return [.. ids];
    }

    /// <summary>The text of entries whose repetitions are merged already; blanks and special entries leave no trace.</summary>
    /// <param name="ids">The numbers of the entries.</param>
    public string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        StringBuilder text = new();
        foreach (int id in ids.Where(id => !_special.Contains(id)))
        {
            text.Append(id == WordDelimiter ? " " : Tokens[id]);
        }

        return text.ToString().Trim();
    }

    /// <inheritdoc/>
    public bool Equals(CtcVocabulary? other)
        => other is not null
            && Tokens.SequenceEqual(other.Tokens)
            && (Blank, WordDelimiter, Unknown) == (other.Blank, other.WordDelimiter, other.Unknown);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as CtcVocabulary);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Count, Blank, WordDelimiter, Tokens[^1]);

    /// <inheritdoc/>
    public override string ToString()
        => string.Create(CultureInfo.InvariantCulture, $"{Count} entries ({string.Join(' ', Tokens.Take(12))}{(Count > 12 ? " …" : "")})");

    /// <summary>Writes the files that <see cref="FromFolder"/> and Hugging Face's tools read, and returns their names.</summary>
    internal IReadOnlyList<string> Write(string folder)
    {
        Write(VocabularyFile, Tokens.Select((token, id) => (token, id)).ToDictionary(entry => entry.token, entry => (object?)entry.id));
        Write(
            SettingsFile,
            new Dictionary<string, object?>
            {
                ["tokenizer_class"] = "Wav2Vec2CTCTokenizer",
                ["pad_token"] = Tokens[Blank],
                ["unk_token"] = Unknown is { } unknown ? Tokens[unknown] : null,
                ["word_delimiter_token"] = WordDelimiter is { } delimiter ? Tokens[delimiter] : null,
                ["bos_token"] = _ids.ContainsKey("<s>") ? "<s>" : null,
                ["eos_token"] = _ids.ContainsKey("</s>") ? "</s>" : null,
                ["do_lower_case"] = false,
            });
        return [VocabularyFile, SettingsFile];

        void Write(string name, Dictionary<string, object?> values)
            => AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(JsonSerializer.SerializeToUtf8Bytes(values, Json)));
    }

    private static CtcVocabulary Read(string path, string folder, SortedDictionary<int, string> entries, TokenizerSettings settings)
    {
        string[] tokens = [.. entries.Values];
        if (entries.Count == 0 || entries.Keys.Last() != entries.Count - 1)
        {
            throw TokenizerException.Damaged(path, $"has {entries.Count} entries whose numbers are not 0 to {entries.Count - 1}");
        }

        string settingsPath = Path.Combine(folder, SettingsFile);
        string? delimiter = DefaultDelimiter;
        if (File.Exists(settingsPath))
        {
            using JsonDocument document = TokenizerFile.Json(settingsPath);
            delimiter = document.RootElement.TryGetProperty("word_delimiter_token", out JsonElement value)
                ? JsonFields.Content(value)
                : delimiter;
        }

        try
        {
            return new CtcVocabulary(
                tokens,
                settings.Token("pad_token", DefaultBlank),
                delimiter is not null && tokens.Contains(delimiter) ? delimiter : null,
                settings.Token("unk_token", DefaultUnknown));
        }
        catch (ArgumentException error)
        {
            throw TokenizerException.Damaged(path, $"is no vocabulary for CTC: {error.Message}", error);
        }
    }

    private int Required(string token, string name)
        => _ids.TryGetValue(token, out int id)
            ? id
            : throw new ArgumentException(
                $"'{token}' is not among the {Count} entries of the vocabulary ({string.Join(' ', Tokens.Take(12))}): name one of them.",
                name);

    /// <summary>Adds the longest entry that a text begins with, and returns how many of its characters that is.</summary>
    private int Next(ReadOnlySpan<char> text, List<int> ids)
    {
        for (int length = Math.Min(_longest, text.Length); length > 0; length--)
        {
            string piece = text[..length].ToString();
            if ((Find(piece) ?? Find(piece.ToUpperInvariant()) ?? Find(piece.ToLowerInvariant())) is { } id)
            {
                ids.Add(id);
                return length;
            }
        }

        int size = Rune.DecodeFromUtf16(text, out _, out int consumed) == OperationStatus.Done ? consumed : 1;
        ids.Add(
            Unknown ?? throw new InvalidDataException(
                $"The transcript has '{text[..size]}', which is not in the vocabulary of {this}: add it, or leave it out of the "
                    + "transcripts."));
        return size;
    }

    private int? Find(string piece) => _ids.TryGetValue(piece, out int id) && !_special.Contains(id) && id != WordDelimiter ? id : null;
}
