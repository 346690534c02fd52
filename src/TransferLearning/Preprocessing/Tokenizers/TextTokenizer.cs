namespace TransferLearning;

/// <summary>
/// Turns text into the token ids that a language model was trained on, and back. A tokenizer does not change: one object serves several
/// threads.
/// </summary>
public abstract class TextTokenizer
{
    private readonly TokenVocabulary _vocabulary;
    private readonly IReadOnlyList<AddedToken> _added;
    private readonly Lazy<(AddedTokens AsTheyStand, AddedTokens Normalized)> _all;
    private readonly Lazy<(AddedTokens AsTheyStand, AddedTokens Normalized)> _ordinary;
    private readonly Dictionary<int, AddedToken> _addedById;
    private readonly HashSet<int> _special;
    private readonly SpecialTokenLayout _layout;

    private protected TextTokenizer(TokenizerParts parts)
    {
        _vocabulary = parts.Vocabulary;
        _added = parts.Added;
        _all = new(() => Search(_added));
        _ordinary = new(() => Search(_added.Where(token => !token.Special)));
        _addedById = parts.Added.GroupBy(token => token.Id).ToDictionary(group => group.Key, group => group.Last());
        _special = [.. parts.Added.Where(token => token.Special).Select(token => token.Id), .. parts.Hidden];
        _layout = parts.Layout;
        (PadId, UnknownId, ClassId, SeparatorId, MaskId) = (parts.PadId, parts.UnknownId, parts.ClassId, parts.SeparatorId, parts.MaskId);
        MaximumLength = parts.MaximumLength;
    }

    /// <summary>The greatest token id plus one: at least this many rows has the embedding of a model that fits.</summary>
    public int VocabularySize => _vocabulary.Count;

    /// <summary>The most tokens that the model takes, special tokens included; null when the files name no bound.</summary>
    public int? MaximumLength { get; }

    /// <summary>The token that fills up short texts; null when the model has none.</summary>
    public int? PadId { get; }

    /// <summary>The token for what no other token can spell; null when there is none.</summary>
    public int? UnknownId { get; }

    /// <summary>The token that begins a text: BERT's <c>[CLS]</c>, others' begin-of-sequence token; null when the model has none.</summary>
    public int? ClassId { get; }

    /// <summary>
    /// The token that ends or separates texts: BERT's <c>[SEP]</c>, others' end-of-sequence token; null when the model has none.
    /// </summary>
    public int? SeparatorId { get; }

    /// <summary>The token that stands for a hidden word; null when the model has none.</summary>
    public int? MaskId { get; }

    /// <summary>How special tokens stand around texts.</summary>
    internal SpecialTokenLayout SpecialLayout => _layout;

    /// <summary>Whether a token is looked for in a text before it is cut into words.</summary>
    internal bool IsAdded(int id) => _addedById.ContainsKey(id);

    /// <summary>Reads the tokenizer of a Hugging Face checkpoint folder.</summary>
    /// <remarks>The first of these is taken: <c>tokenizer.json</c> (WordPiece, byte-level BPE, Unigram); <c>source.spm</c> with
    /// <c>target.spm</c> and <c>vocab.json</c>; <c>vocab.txt</c>; <c>vocab.json</c> with <c>merges.txt</c>, or their older names
    /// <c>encoder.json</c> and <c>vocab.bpe</c>; <c>spiece.model</c>, <c>sentencepiece.bpe.model</c>, <c>tokenizer.model</c>.
    /// <c>tokenizer_config.json</c>, <c>special_tokens_map.json</c>, <c>added_tokens.json</c> and <c>config.json</c> add lower-casing,
    /// special tokens, the maximum length and the family, where they are there. Where none says whether text is lower-cased, a
    /// <c>vocab.txt</c> without capitals means yes. A <c>tokenizer.json</c> is followed in all its steps; one that asks for a step that is
    /// not known, and a <c>tokenizer_class</c> of other rules, are refused by name.</remarks>
    /// <param name="path">The folder.</param>
    /// <exception cref="TokenizerException">No tokenizer file is there, or one is damaged or of a kind that is not known.</exception>
    public static TextTokenizer FromFolder(string path) => TokenizerFolder.Read(path);

    /// <summary>Turns a text, or a pair of texts, into tokens.</summary>
    /// <param name="text">The text.</param>
    /// <param name="pair">A second text that the model sees together with the first; none by default.</param>
    /// <param name="options">Length, truncation and special tokens; the defaults when null.</param>
    /// <exception cref="TokenizerException">The text is too long and was to be refused, or could not be truncated as asked.</exception>
    public EncodedText Encode(string text, string? pair = null, TextEncodingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        options ??= TextEncodingOptions.Default;
        TokenList first = Tokens(text, options);
        TokenList? second = pair is null ? null : Tokens(pair, options);
        return TokenAssembly.Assemble(first, second, Layout(options), Limit(options), options.Truncation);
    }

    /// <summary>
    /// Encodes a text with windows of a second one that is too long, each with the text before it. Both are cut into tokens once, and
    /// windows are made of those, so that no word is read otherwise at a window's edge; offsets are places in the whole second text.
    /// </summary>
    /// <param name="text">The first text.</param>
    /// <param name="pair">The second text.</param>
    /// <param name="overlap">How many of its tokens a window has in common with the one before; at most half of what fits.</param>
    /// <param name="options">The maximum length, and whether longer texts are refused; what does not fit is never dropped from the first
    /// text.</param>
    /// <returns>One window, or as many as hold all tokens.</returns>
    /// <exception cref="TokenizerException">The first text alone is too long, or both are and longer ones are refused.</exception>
    internal IEnumerable<EncodedText> EncodeWindows(string text, string pair, int overlap, TextEncodingOptions options)
    {
        (TokenList first, TokenList second, SpecialTokenLayout layout) = (Tokens(text, options), Tokens(pair, options), Layout(options));
        int? limit = Limit(options);
        int room = limit is int most ? most - first.Count - layout.Pair.Count(part => !part.IsText) : second.Count;
        int step = room - Math.Min(overlap, room / 2);
        for (int start = 0; ; start += step)
        {
            yield return TokenAssembly.Assemble(first, second, layout, limit, options.Truncation, start);
            if (start + room >= second.Count || step <= 0)
            {
                yield break;
            }
        }
    }

    /// <summary>Turns words that are already apart, as data for labelling words has them, into tokens. The words are joined by one space;
    /// offsets refer to that text, and <see cref="EncodedText.WordIndices"/> are places in <paramref name="words"/>.</summary>
    /// <param name="words">The words.</param>
    /// <param name="options">Length, truncation and special tokens; the defaults when null.</param>
    /// <exception cref="TokenizerException">The text is too long and was to be refused, or could not be truncated as asked.</exception>
    public EncodedText EncodeWords(IReadOnlyList<string> words, TextEncodingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(words);
        EncodedText encoded = Encode(string.Join(' ', words), pair: null, options);
        int[] indices = new int[encoded.Length];
        (int word, int end) = (-1, -1);
        for (int i = 0; i < indices.Length; i++)
        {
            while (word < words.Count - 1 && !encoded.SpecialTokens[i] && encoded.Offsets[i].Start >= end)
            {
                // A token that stands on the space before a word belongs to that word; an empty word has none.
                end += 1 + words[++word].Length;
            }

            indices[i] = encoded.SpecialTokens[i] ? -1 : word;
        }

        return encoded with { WordIndices = indices };
    }

    /// <summary>Turns tokens back into text, as far as the tokens still hold it.</summary>
    /// <param name="ids">The tokens.</param>
    /// <param name="skipSpecialTokens">Whether special tokens leave no trace in the text; yes by default.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is negative or not below <see cref="VocabularySize"/>.</exception>
    public string Decode(IEnumerable<int> ids, bool skipSpecialTokens = true)
    {
        ArgumentNullException.ThrowIfNull(ids);
        StringBuilder text = new();
        TokenTextDecoder decoder = StartDecoding();
        foreach (int id in ids)
        {
            DecodeToken(id, skipSpecialTokens, decoder, text);
        }

        decoder.Finish(text);
        return text.ToString();
    }

    /// <summary>The id of a token, or null when the vocabulary does not have it.</summary>
    /// <param name="token">The token as the vocabulary spells it, such as <c>##ing</c>, <c>Ġthe</c> or <c>▁the</c>.</param>
    public int? TokenToId(string token)
    {
        ArgumentNullException.ThrowIfNull(token);
        return _vocabulary.IdOf(token);
    }

    /// <summary>The token of an id as the vocabulary spells it, or null when no token has it.</summary>
    /// <param name="id">The token id.</param>
    public string? IdToToken(int id) => _vocabulary.TokenAt(id);

    /// <summary>Whether a token is a special one, which <see cref="Decode"/> leaves out.</summary>
    /// <param name="id">The token id.</param>
    public bool IsSpecial(int id) => _special.Contains(id);

    internal abstract TokenTextDecoder StartDecoding();

    internal void DecodeToken(int id, bool skipSpecialTokens, TokenTextDecoder decoder, StringBuilder text)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, VocabularySize);
        if (skipSpecialTokens && _special.Contains(id))
        {
            return;
        }

        if (_addedById.TryGetValue(id, out AddedToken? added))
        {
            decoder.AppendAdded(added.Content, text);
        }
        else if (_vocabulary.TokenAt(id) is string token)
        {
            decoder.Append(id, token, text);
        }
    }

    /// <summary>A stretch of the text as it is before it is cut into words; as it stands by default.</summary>
    private protected virtual AlignedText Normalize(string text, int start, int end) => AlignedText.Of(text, start, end);

    /// <summary>Cuts a part of a normalized stretch in which no added token stands.</summary>
    /// <param name="text">The stretch.</param>
    /// <param name="from">The first character of the part.</param>
    /// <param name="to">One past its last character.</param>
    /// <param name="isFirst">Whether the part begins the text.</param>
    /// <param name="tokens">Takes the tokens.</param>
    private protected abstract void Tokenize(AlignedText text, int from, int to, bool isFirst, TokenList tokens);

    private int? Limit(TextEncodingOptions options)
        => options.Truncation == TextTruncation.None ? null : options.MaximumLength ?? MaximumLength;

    private SpecialTokenLayout Layout(TextEncodingOptions options) => options.AddSpecialTokens ? _layout : SpecialTokenLayout.None;

    private (AddedTokens AsTheyStand, AddedTokens Normalized) Search(IEnumerable<AddedToken> tokens)
    {
        ILookup<bool, AddedToken> byKind = tokens.ToLookup(token => token.Normalized);
        return (
            new AddedTokens(byKind[false].Select(token => (token.Content, token))),
            new AddedTokens(byKind[true].Select(token => (Normalize(token.Content, 0, token.Content.Length).Chars.ToString(), token))));
    }

    private TokenList Tokens(string text, TextEncodingOptions options)
    {
        TokenList tokens = new(text);
        (AddedTokens asTheyStand, AddedTokens normalized) = options.ReadSpecialTokens ? _all.Value : _ordinary.Value;
        int at = 0;
        while (asTheyStand.TryFind(text, at, out AddedToken token, out int start, out int end))
        {
            Stretch(at, start, normalized, tokens);
            tokens.BeginWord();
            tokens.Add(token.Id, start, end);
            at = end;
        }

        Stretch(at, text.Length, normalized, tokens);
        return tokens;
    }

    // Added tokens of the normalized text are looked for in what is left between the others.
    private void Stretch(int start, int end, AddedTokens normalized, TokenList tokens)
    {
        if (start >= end)
        {
            return;
        }

        AlignedText text = Normalize(tokens.Text, start, end);
        int at = 0;
        while (normalized.TryFind(text.Chars, at, out AddedToken token, out int first, out int after))
        {
            Part(text, at, first, start == 0, tokens);
            tokens.BeginWord();
            tokens.Add(token.Id, text.StartOf(first), text.EndOf(after - 1));
            at = after;
        }

        Part(text, at, text.Length, start == 0, tokens);
    }

    private void Part(AlignedText text, int from, int to, bool isFirst, TokenList tokens)
    {
        if (from < to)
        {
            Tokenize(text, from, to, isFirst && from == 0, tokens);
        }
    }
}
