namespace TransferLearning.Layers;

/// <summary>
/// The keys and values that one attention has computed so far. Their memory grows by doubling, so that a step copies one token.
/// </summary>
/// <remarks>
/// The tensors that <see cref="Append"/> and <see cref="Set"/> hand out are views, which the caller disposes before the next call.
/// </remarks>
public sealed class AttentionCache : IDisposable
{
    private const long SmallestCapacity = 64;
    private Tensor? _keys;
    private Tensor? _values;

    /// <summary>How many positions are kept.</summary>
    public long Length { get; private set; }

    /// <summary>Keeps more positions, [N, heads, l, D/heads], and gives all of them.</summary>
    /// <param name="keys">The keys of the new positions.</param>
    /// <param name="values">Their values.</param>
    public (Tensor Keys, Tensor Values) Append(Tensor keys, Tensor values)
    {
        long added = keys.size(2);
        if (_keys is null || Length + added > _keys.size(2))
        {
            long capacity = Math.Max(SmallestCapacity, 2 * (Length + added));
            _keys = Grown(_keys, keys, capacity);
            _values = Grown(_values, values, capacity);
        }

        Put(_keys, keys);
        Put(_values!, values);
        Length += added;
        return View();
    }

    /// <summary>Keeps what never grows: the keys and values of the text that is read.</summary>
    /// <param name="keys">[N, heads, L, D/heads].</param>
    /// <param name="values">Of the same shape.</param>
    public (Tensor Keys, Tensor Values) Set(Tensor keys, Tensor values)
    {
        Clear();
        _keys = keys.contiguous().alias().DetachFromDisposeScope();
        _values = values.contiguous().alias().DetachFromDisposeScope();
        Length = keys.size(2);
        return View();
    }

    /// <summary>All that is kept.</summary>
    public (Tensor Keys, Tensor Values) View() => (_keys!.narrow(2, 0, Length), _values!.narrow(2, 0, Length));

    /// <summary>Row i becomes what row <paramref name="rows"/>[i] was.</summary>
    /// <param name="rows">int64; a row may be taken several times or not at all.</param>
    public void Reorder(Tensor rows)
    {
        if (_keys is not null)
        {
            _keys = Reordered(_keys, rows);
            _values = Reordered(_values!, rows);
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _keys?.Dispose();
        _values?.Dispose();
        (_keys, _values, Length) = (null, null, 0);
    }

    /// <summary>Frees all that is kept.</summary>
    public void Dispose() => Clear();

    private static Tensor Reordered(Tensor kept, Tensor rows)
    {
        using (kept)
        {
            return kept.index_select(0, rows).DetachFromDisposeScope();
        }
    }

    private Tensor Grown(Tensor? old, Tensor like, long capacity)
    {
        Tensor larger = empty([like.size(0), like.size(1), capacity, like.size(3)], like.dtype, like.device).DetachFromDisposeScope();
        if (old is not null)
        {
            using Tensor from = old.narrow(2, 0, Length);
            using Tensor to = larger.narrow(2, 0, Length);
            to.copy_(from);
            old.Dispose();
        }

        return larger;
    }

    private void Put(Tensor kept, Tensor added)
    {
        using Tensor place = kept.narrow(2, Length, added.size(2));
        place.copy_(added);
    }
}
