namespace TransferLearning;

/// <summary>The pieces of a WordPiece tokenizer, in the order of their ids, learned from texts.</summary>
public sealed class WordPieceVocabulary
{
    /// <summary>BERT's special tokens, with which a learned vocabulary begins.</summary>
    private static readonly string[] Special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];
    private readonly bool _lowerCase;

    private WordPieceVocabulary(IReadOnlyList<string> tokens, bool lowerCase)
    {
        Tokens = tokens;
        _lowerCase = lowerCase;
    }

    /// <summary>The pieces; the place of each is its id. The first five of a learned vocabulary are BERT's special tokens.</summary>
    public IReadOnlyList<string> Tokens { get; }

    /// <summary>
    /// Learns pieces from texts: words begin as single characters, and the neighbours that stand together most often become one piece,
    /// again and again (byte-pair merging, as Hugging Face's WordPiece trainer does it). The same texts give the same vocabulary.
    /// </summary>
    /// <param name="texts">The texts, read once, one after the other; only their different words are kept in memory.</param>
    /// <param name="size">The number of tokens, special ones included; fewer when the texts do not have that many pieces.</param>
    /// <param name="lowerCase">Whether text is lower-cased and its accents taken off; yes by default.</param>
    /// <param name="minimumCount">How often neighbours must stand together to become a piece; 2 by default.</param>
    /// <param name="mostCharacters">How many different characters are kept, the most frequent first; 1000 by default. Others become
    /// unknown.</param>
    /// <param name="cancellationToken">Stops learning with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">The size leaves no room for pieces, or the texts hold no words.</exception>
    public static WordPieceVocabulary Train(
        IEnumerable<string> texts, int size, bool lowerCase = true, int minimumCount = 2, int mostCharacters = 1000,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(size, Special.Length);
        ArgumentOutOfRangeException.ThrowIfLessThan(minimumCount, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(mostCharacters, 1);
        BertWords words = new(new BertNormalization(lowerCase, StripAccents: lowerCase));
        Dictionary<string, long> counts = new(StringComparer.Ordinal);
        Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> lookup = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (string text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            AlignedText normalized = words.Normalize(text, 0, text.Length);
            BertWords.Split(normalized, 0, normalized.Length, (all, from, to) =>
            {
                ReadOnlySpan<char> word = all.Chars[from..to];
                lookup.TryGetValue(word, out long count);
                lookup[word] = count + 1;
            });
        }

        if (counts.Count == 0)
        {
            throw new ArgumentException("The texts hold no words, so there is nothing to learn pieces from. Give texts.", nameof(texts));
        }

        WordPieceTraining training = new(counts, mostCharacters, size - Special.Length);
        training.Merge(size - Special.Length, minimumCount, cancellationToken);
        return new WordPieceVocabulary([.. Special, .. training.Pieces], lowerCase);
    }

    /// <summary>Writes the pieces to a file, one a line, as <c>vocab.txt</c> of a checkpoint folder has them.</summary>
    /// <param name="path">The file; its folder must exist.</param>
    public void Save(string path) => AtomicFile.Write(path, stream =>
    {
        using StreamWriter writer = new(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        writer.NewLine = "\n";
        foreach (string token in Tokens)
        {
            writer.WriteLine(token);
        }
    });

    /// <summary>A tokenizer with these pieces, which treats case as the training did.</summary>
    public WordPieceTokenizer CreateTokenizer()
        => TokenizerFolder.WordPiece(("the learned vocabulary", [.. Tokens]), _lowerCase, TokenizerSettings.None);
}
