namespace TransferLearning.Layers;

/// <summary>
/// What a decoder keeps between the tokens that it writes: the keys and values of every layer, and which of them are padding.
/// </summary>
public sealed class DecoderCache : IDisposable
{
    private readonly AttentionCache[] _own;
    private readonly AttentionCache[] _source;

    /// <summary>Makes an empty one.</summary>
    /// <param name="layers">How many layers the decoder has.</param>
    /// <param name="mask">Which tokens of the prompt are no padding, [N, L]; null for all. Copied.</param>
    /// <param name="source">What an encoder made of the text that is read, [N, L, H]; null without an encoder. Copied.</param>
    /// <param name="sourceMask">Which of its positions are no padding, [N, L]; null for all. Copied.</param>
    public DecoderCache(int layers, Tensor? mask = null, Tensor? source = null, Tensor? sourceMask = null)
    {
        _own = [.. Enumerable.Range(0, layers).Select(_ => new AttentionCache())];
        _source = source is null ? [] : [.. Enumerable.Range(0, layers).Select(_ => new AttentionCache())];
        (Mask, Source, SourceMask) = (Kept(mask), Kept(source), Kept(sourceMask));
    }

    /// <summary>An empty one of several rows that all read what the first row of this one reads.</summary>
    public DecoderCache Again(int rows)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor first = zeros(rows, ScalarType.Int64, Source!.device);
        return new DecoderCache(_own.Length, source: Source.index_select(0, first), sourceMask: SourceMask?.index_select(0, first));
    }

    /// <summary>How many tokens have been decoded so far.</summary>
    public long Length => _own[0].Length;

    /// <summary>Which tokens so far are no padding, int64 [N, tokens]; null for all.</summary>
    public Tensor? Mask { get; private set; }

    /// <summary>What the encoder made of the text that is read, [N, L, H].</summary>
    public Tensor? Source { get; private set; }

    /// <summary>Which positions of it are no padding, [N, L]; null for all.</summary>
    public Tensor? SourceMask { get; private set; }

    /// <summary>The cache of one layer's attention to what is written.</summary>
    /// <param name="layer">The layer's number, from 0.</param>
    public AttentionCache Own(int layer) => _own[layer];

    /// <summary>The cache of one layer's attention to what is read; there is one only with a source.</summary>
    /// <param name="layer">The layer's number, from 0.</param>
    public AttentionCache Read(int layer) => _source[layer];

    /// <summary>Makes the mask as long as the tokens will be with those about to be decoded: new ones are no padding.</summary>
    /// <param name="added">How many tokens are about to be decoded.</param>
    public void ExtendMask(long added)
    {
        long missing = Length + added - (Mask?.size(1) ?? long.MaxValue);
        if (missing > 0)
        {
            using Tensor old = Mask!;
            using Tensor more = ones([old.size(0), missing], old.dtype, old.device);
            Mask = cat([old, more], 1).DetachFromDisposeScope();
        }
    }

    /// <summary>Row i becomes what row <paramref name="rows"/>[i] was; a row may be taken several times or not at all.</summary>
    /// <param name="rows">int64.</param>
    /// <param name="withinSource">Whether each row stays with the text it reads, whose keys and values then need no moving.</param>
    public void Reorder(Tensor rows, bool withinSource)
    {
        foreach (AttentionCache cache in withinSource ? _own : _own.Concat(_source))
        {
            cache.Reorder(rows);
        }

        if (!withinSource)
        {
            (Mask, Source, SourceMask) = (Reordered(Mask, rows), Reordered(Source, rows), Reordered(SourceMask, rows));
        }
    }

    /// <summary>Forgets what was written, so that it is computed again.</summary>
    public void Forget()
    {
        foreach (AttentionCache cache in _own)
        {
            cache.Clear();
        }
    }

    /// <summary>Frees all that is kept.</summary>
    public void Dispose()
    {
        foreach (AttentionCache cache in _own.Concat(_source))
        {
            cache.Dispose();
        }

        Mask?.Dispose();
        Source?.Dispose();
        SourceMask?.Dispose();
    }

    private static Tensor? Kept(Tensor? tensor) => tensor?.alias().DetachFromDisposeScope();

    private static Tensor? Reordered(Tensor? kept, Tensor rows)
    {
        using (kept)
        {
            return kept?.index_select(0, rows).DetachFromDisposeScope();
        }
    }
}
