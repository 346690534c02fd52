namespace TransferLearning.Layers;

/// <summary>T5's numbers for how far a key is from a query: near distances have one each, far ones share them, spaced logarithmically, and
/// beyond the largest distance all are alike.</summary>
internal sealed class RelativeBuckets
{
    private readonly bool _bothWays;
    private readonly int _offset;
    private readonly long[] _byDistance;

    /// <summary>Computes the numbers.</summary>
    /// <param name="count">How many there are.</param>
    /// <param name="largest">The distance from which on all are alike.</param>
    /// <param name="bothWays">Whether keys after the query have numbers of their own, the upper half; else they count as distance
    /// 0.</param>
    public RelativeBuckets(int count, int largest, bool bothWays)
    {
        _bothWays = bothWays;
        int usable = bothWays ? count / 2 : count;
        _offset = usable;
        int exact = usable / 2;

        // By float32 tensors, so that roundings at the borders are the reference's.
        using DisposeScope scope = NewDisposeScope();
        Tensor distance = Scalars.Range(0, largest + 1, int64);
        Tensor ratio = distance.ClampMin(1).to(float32).Divide(exact).log().Divide((float)Math.Log((double)largest / exact));
        Tensor far = ratio.Multiply(usable - exact).to(int64).Add(exact).ClampMax(usable - 1);
        _byDistance = [.. where(distance.IsLess(exact), distance, far).data<long>()];
    }

    /// <summary>The number of a key.</summary>
    /// <param name="relative">Its position less the query's.</param>
    public long Of(long relative)
    {
        long distance = _bothWays ? Math.Abs(relative) : Math.Max(-relative, 0);
        return _byDistance[Math.Min(distance, _byDistance.Length - 1)] + (_bothWays && relative > 0 ? _offset : 0);
    }

    /// <summary>The numbers of all pairs, int64 [queries, keys]; the caller disposes them.</summary>
    /// <param name="first">The position of the first query; keys begin at 0.</param>
    /// <param name="queries">How many queries.</param>
    /// <param name="keys">How many keys.</param>
    /// <param name="device">Where they are wanted.</param>
    public Tensor Between(long first, long queries, long keys, torch.Device device)
    {
        // By tensors, so that a recording of the network holds for every length.
        using DisposeScope scope = NewDisposeScope();
        Tensor relative = Scalars.Range(0, keys, int64, device).unsqueeze(0)
            .sub(Scalars.Range(first, first + queries, int64, device).unsqueeze(1));
        Tensor distance = (_bothWays ? relative.abs() : relative.neg().ClampMin(0)).ClampMax(_byDistance.Length - 1);
        Tensor numbers = tensor(_byDistance, device: device).index_select(0, distance.flatten()).view(queries, keys);
        return (_bothWays ? numbers.Add(relative.gt(Scalars.Zero).to(int64).Multiply(_offset)) : numbers).MoveToOuterDisposeScope();
    }
}
