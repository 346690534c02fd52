namespace TransferLearning;

/// <summary>What a <see cref="FeatureCache"/> has in hand for one network and transform.</summary>
internal sealed class FeatureStore(UInt128 key) : IDisposable
{
    private readonly List<FeatureChunk> _chunks = [];
    private readonly Dictionary<UInt128, (FeatureChunk Chunk, int Row)> _places = [];
    private readonly HashSet<UInt128> _damaged = [];

    public UInt128 Key => key;

    /// <summary>The shape of one sample's features; null before the first chunk.</summary>
    public long[]? Shape { get; private set; }

    /// <summary>When it was last used: the number of the request.</summary>
    public long LastUse { get; set; }

    public long BytesInMemory => _chunks.Sum(chunk => chunk.BytesInMemory);
    public IReadOnlyCollection<FeatureChunk> Chunks => _chunks;

    public bool IsDamaged(UInt128 sample) => _damaged.Contains(sample);

    public (FeatureChunk? Chunk, int Row) Find(UInt128? sample)
        => sample is { } known && _places.TryGetValue(known, out (FeatureChunk Chunk, int Row) place) ? place : (null, 0);

    public void Add(FeatureChunk chunk)
    {
        _chunks.Add(chunk);
        Shape = chunk.Header.Shape;
        _damaged.UnionWith(chunk.Header.Damaged);
        for (int row = 0; row < chunk.Header.Keys.Length; row++)
        {
            _places.TryAdd(chunk.Header.Keys[row], (chunk, row));
        }
    }

    public void Dispose() => _chunks.ForEach(chunk => chunk.Dispose());
}
