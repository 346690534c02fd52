namespace TransferLearning;

/// <summary>
/// Texts as one long row of tokens, cut into blocks of one length: what language models are trained on when the texts, the articles of an
/// encyclopedia for example, are shorter or longer than the network takes. The tokens lie in a temporary file, so memory stays constant.
/// </summary>
public sealed class TokenBlocks : Dataset
{
    private const int TokenBytes = sizeof(int);
    private readonly FileStream _file;
    private readonly int[] _before;
    private readonly int[] _after;
    private readonly int _inside;
    private readonly string _name;

    private TokenBlocks(FileStream file, int count, int inside, int[] before, int[] after, string name)
        => (_file, Count, _inside, _before, _after, _name) = (file, count, inside, before, after, name);

    /// <inheritdoc/>
    public override int Count { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> ClassNames { get; } = ["text"];

    /// <summary>Turns texts into blocks; a separator stands between two texts, and what does not fill the last block is left out.</summary>
    /// <param name="texts">The texts, gone through once; they may be more than memory holds. Empty ones are skipped.</param>
    /// <param name="tokenizer">Makes tokens.</param>
    /// <param name="length">How many tokens a block has.</param>
    /// <param name="framed">Whether each block begins and ends with the special tokens of a text, as BERT's do. Default: true.</param>
    /// <param name="name">What to call the set in messages. Default: "blocks".</param>
    /// <param name="cancellationToken">Ends it before the next text.</param>
    /// <returns>The set; its contents are <see cref="TokenContent"/>. The caller disposes it, which deletes the file.</returns>
    /// <exception cref="DatasetException">The texts do not fill one block.</exception>
    /// <exception cref="IOException">The folder for temporary files is full.</exception>
    public static TokenBlocks Of(
        IEnumerable<string> texts, TextTokenizer tokenizer, int length, bool framed = true, string name = "blocks",
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentException.ThrowIfNullOrEmpty(name);
        int[] before = framed && tokenizer.ClassId is { } first ? [first] : [];
        int[] after = framed && tokenizer.SeparatorId is { } last ? [last] : [];
        int inside = length - before.Length - after.Length;
        ArgumentOutOfRangeException.ThrowIfLessThan(inside, 1, nameof(length));
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        FileStream file = new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        try
        {
            long tokens = Write(file, texts, tokenizer, cancellationToken);
            int count = checked((int)(tokens / inside));
            return count > 0
                ? new TokenBlocks(file, count, inside, before, after, name)
                : throw new DatasetException(
                    $"'{name}' has {tokens} tokens, and a block needs {inside}. Give more text or shorter blocks.");
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override int LabelOf(int index)
    {
        CheckIndex(index);
        return 0;
    }

    /// <inheritdoc/>
    public override Target TargetOf(int index) => NoTarget.Instance;

    /// <inheritdoc/>
    public override string NameOf(int index)
    {
        CheckIndex(index);
        return $"{_name}, block {index}";
    }

    /// <inheritdoc/>
    public override Sample Read(int index)
    {
        CheckIndex(index);
        byte[] bytes = new byte[_inside * TokenBytes];
        if (FileRange.Read(_file.SafeFileHandle, bytes, (long)index * bytes.Length) < bytes.Length)
        {
            throw new EndOfStreamException($"{NameOf(index)}: the temporary file is shorter than it was written.");
        }

        int[] ids =
        [
            .. _before,
            .. Enumerable.Range(0, _inside).Select(i => BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(i * TokenBytes))),
            .. _after,
        ];
        return new Sample(NameOf(index), new TokenContent(ids), NoTarget.Instance);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{_name}: {Count} blocks";

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _file.Dispose();
        base.Dispose(disposing);
    }

    private static long Write(FileStream file, IEnumerable<string> texts, TextTokenizer tokenizer, CancellationToken cancellationToken)
    {
        TextEncodingOptions whole = new() { AddSpecialTokens = false, Truncation = TextTruncation.None, ReadSpecialTokens = false };
        byte[] token = new byte[TokenBytes];
        long count = 0;
        foreach (string text in texts)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int[] ids = tokenizer.Encode(text, null, whole).Ids;
            if (ids.Length == 0)
            {
                continue;
            }

            if (tokenizer.SeparatorId is { } separator)
            {
                ids = [.. ids, separator];
            }

            foreach (int id in ids)
            {
                BinaryPrimitives.WriteInt32LittleEndian(token, id);
                file.Write(token);
            }

            count += ids.Length;
        }

        file.Flush();
        return count;
    }
}
