using System.Diagnostics;

namespace TransferLearning;

/// <summary>Gathers features as they are computed into chunks, and hands each on when it is full or half a minute old: what a process that
/// is killed loses is the last half minute.</summary>
internal sealed class FeatureWriter(
    FeatureRequest request, FeaturePrecision precision, long[] shape, int missing, Action<FeatureChunkHeader, byte[]> store, int chunkBytes,
    TimeSpan patience)
{
    private readonly int _rowBytes = FeatureChunkHeader.BytesOfRow(precision, shape);
    private readonly List<UInt128> _keys = [];
    private readonly List<UInt128> _damaged = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private byte[]? _rows;
    private int _left = missing;

    /// <summary>The shape of one row.</summary>
    public IReadOnlyList<long> Shape => shape;

    /// <summary>Takes the features of some items, [n, …].</summary>
    /// <exception cref="InvalidOperationException">They have another shape than expected, or do not fit the precision.</exception>
    public void Add(IReadOnlyList<int> items, Tensor features)
    {
        using DisposeScope scope = NewDisposeScope();
        if (features.size(0) != items.Count || !features.shape.AsSpan(1).SequenceEqual(shape))
        {
            throw new InvalidOperationException(
                $"The network gave features of the shape [{string.Join(", ", features.shape)}], expected [{items.Count}, "
                    + $"{string.Join(", ", shape)}].");
        }

        Tensor numbers = features
            .detach()
            .cpu()
            .to(precision == FeaturePrecision.Float16 ? ScalarType.Float16 : ScalarType.Float32)
            .contiguous();
        if (precision == FeaturePrecision.Float16 && numbers.isinf().any().item<bool>() && !features.isinf().any().item<bool>())
        {
            throw new InvalidOperationException("Some features are too large for Float16: set FeatureCacheOptions.Precision to Float32.");
        }

        ReadOnlySpan<byte> bytes = numbers.bytes;
        for (int i = 0; i < items.Count; i++)
        {
            Append(request.Keys[items[i]]!.Value, bytes.Slice(i * _rowBytes, _rowBytes));
        }

        if (_clock.Elapsed >= patience)
        {
            Flush();
        }
    }

    /// <summary>Notes that no features can be had of an item.</summary>
    public void AddDamaged(int item)
    {
        if (request.Keys[item] is { } key)
        {
            _damaged.Add(key);
        }
    }

    /// <summary>Hands on what there is.</summary>
    public void Flush()
    {
        if (_keys.Count + _damaged.Count > 0)
        {
            byte[] rows = _rows ?? [];
            int used = _keys.Count * _rowBytes;
            _left -= _keys.Count;
            _rows = null;
            store(
                new FeatureChunkHeader(request.Store, precision, shape, [.. _keys], [.. _damaged]),
                used == rows.Length ? rows : rows[..used]);
            _keys.Clear();
            _damaged.Clear();
        }

        _clock.Restart();
    }

    private void Append(UInt128 key, ReadOnlySpan<byte> row)
    {
        _rows ??= new byte[(long)Math.Clamp(chunkBytes / _rowBytes, 1, Math.Max(_left, 1)) * _rowBytes];
        row.CopyTo(_rows.AsSpan(_keys.Count * _rowBytes));
        _keys.Add(key);
        if ((_keys.Count + 1L) * _rowBytes > _rows.Length)
        {
            Flush();
        }
    }
}
