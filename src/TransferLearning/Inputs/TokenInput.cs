namespace TransferLearning;

/// <summary>
/// Some texts as numbers, ready for a network: one row of token numbers for each, padded to one length. It owns its tensors.
/// </summary>
public sealed class TokenInput : ModelInput
{
    private bool? _hasPadding;

    /// <summary>Takes tensors over; they are disposed with this object.</summary>
    /// <param name="ids">The numbers of the tokens, int64 [N, L].</param>
    /// <param name="mask">1 for a token and 0 for padding, int64 [N, L]; null means that there is no padding.</param>
    /// <param name="typeIds">Which of two texts a token belongs to, 0 or 1, int64 [N, L]; null means 0 for all.</param>
    /// <exception cref="ArgumentException">The shapes differ, or are not [N, L].</exception>
    public TokenInput(Tensor ids, Tensor? mask = null, Tensor? typeIds = null)
    {
        ArgumentNullException.ThrowIfNull(ids);
        if (ids.dim() != 2)
        {
            throw new ArgumentException(
                $"Token numbers have the shape [texts, length]; these have [{string.Join(", ", ids.shape)}].", nameof(ids));
        }

        RequireShape(ids, mask, nameof(mask));
        RequireShape(ids, typeIds, nameof(typeIds));
        _hasPadding = mask is null ? false : null;
        (Ids, Mask, TypeIds) = (
            ids.DetachFromDisposeScope(), (mask ?? ones_like(ids)).DetachFromDisposeScope(), typeIds?.DetachFromDisposeScope());
    }

    /// <summary>The numbers of the tokens, int64 [N, L].</summary>
    public Tensor Ids { get; }

    /// <summary>1 for a token and 0 for padding, int64 [N, L].</summary>
    public Tensor Mask { get; }

    /// <summary>Which of two texts a token belongs to, int64 [N, L]; null means 0 for all.</summary>
    public Tensor? TypeIds { get; }

    /// <summary>What the decoder of an encoder-decoder reads, int64 [N, M]; null for other networks. Disposed with this object.</summary>
    public Tensor? DecoderIds { get; init; }

    /// <summary>
    /// 1 for a token of the decoder and 0 for padding, int64 [N, M]; null means that there is no padding. Disposed with this object.
    /// </summary>
    public Tensor? DecoderMask { get; init; }

    /// <inheritdoc/>
    public override int Count => checked((int)Ids.size(0));

    /// <summary>How many tokens each row has, padding included.</summary>
    public int Length => checked((int)Ids.size(1));

    /// <summary>Whether any row has padding. Computed once; attention is quicker without a mask.</summary>
    public bool HasPadding => _hasPadding ??= FindPadding();

    /// <summary>Makes inputs of rows of different lengths, padded at the end to the longest.</summary>
    /// <param name="rows">The token numbers of each text; at least one row, none empty.</param>
    /// <param name="paddingId">The number that fills the shorter rows.</param>
    /// <param name="typeRows">For each text which of two texts each token belongs to; null means 0 for all.</param>
    /// <param name="length">The length of the rows; null means the longest one's.</param>
    /// <returns>Inputs on the CPU; the caller disposes them.</returns>
    /// <exception cref="ArgumentException">There is no row, one is empty or too long, or types and tokens differ in number.</exception>
    public static TokenInput FromRows(
        IReadOnlyList<IReadOnlyList<int>> rows, int paddingId, IReadOnlyList<IReadOnlyList<int>>? typeRows = null, int? length = null)
    {
        ArgumentNullException.ThrowIfNull(rows);
        if (rows.Count == 0 || rows.Any(row => row.Count == 0))
        {
            throw new ArgumentException("There must be at least one text, and each must have at least one token.", nameof(rows));
        }

        int width = length ?? rows.Max(row => row.Count);
        long[] ids = new long[rows.Count * width];
        long[] mask = new long[ids.Length];
        long[]? types = typeRows is null ? null : new long[ids.Length];
        Array.Fill(ids, paddingId);
        for (int i = 0; i < rows.Count; i++)
        {
            if (rows[i].Count > width)
            {
                throw new ArgumentException($"Text {i} has {rows[i].Count} tokens; rows of {width} were asked for.", nameof(rows));
            }

            if (typeRows is not null && typeRows[i].Count != rows[i].Count)
            {
                throw new ArgumentException($"Text {i} has {rows[i].Count} tokens and {typeRows[i].Count} types.", nameof(typeRows));
            }

            for (int j = 0; j < rows[i].Count; j++)
            {
                int place = (i * width) + j;
                (ids[place], mask[place]) = (rows[i][j], 1);
                if (types is not null)
                {
                    types[place] = typeRows![i][j];
                }
            }
        }

        LibTorch.Load();
        long[] shape = [rows.Count, width];
        bool hasPadding = rows.Any(row => row.Count < width);
        return new TokenInput(tensor(ids, shape), tensor(mask, shape), types is null ? null : tensor(types, shape))
        { _hasPadding = hasPadding };
    }

    /// <inheritdoc/>
    public override TokenInput To(Device device)
    {
        torch.Device place = device.ToTorch();
        return new TokenInput(Copy(Ids)!, Copy(Mask), Copy(TypeIds))
        {
            DecoderIds = Copy(DecoderIds),
            DecoderMask = Copy(DecoderMask),
            _hasPadding = _hasPadding,
        };

        // A tensor that is there already is shared under a handle of its own, so that each object disposes its own.
        Tensor? Copy(Tensor? tensor) => (tensor?.device_type == place.type ? tensor.alias() : tensor?.to(place))?.DetachFromDisposeScope();
    }

    /// <inheritdoc/>
    public override TokenInput Narrow(int count)
    {
        return new TokenInput(Cut(Ids)!, Cut(Mask), Cut(TypeIds)) { DecoderIds = Cut(DecoderIds), DecoderMask = Cut(DecoderMask) };

        Tensor? Cut(Tensor? tensor) => tensor?.narrow(0, 0, count).DetachFromDisposeScope();
    }

    internal override TokenInput WithDecoder(Tensor ids)
        => new(Ids, Mask) { DecoderIds = ids.DetachFromDisposeScope(), _hasPadding = _hasPadding };

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Ids.Dispose();
        Mask.Dispose();
        TypeIds?.Dispose();
        DecoderIds?.Dispose();
        DecoderMask?.Dispose();
    }

    private static void RequireShape(Tensor ids, Tensor? other, string name)
    {
        if (other is not null && !other.shape.AsSpan().SequenceEqual(ids.shape))
        {
            throw new ArgumentException(
                $"The token numbers have the shape [{string.Join(", ", ids.shape)}] and {name} has [{string.Join(", ", other.shape)}]; "
                    + "they must be equal.", name);
        }
    }

    private bool FindPadding()
    {
        using Tensor least = Mask.min();
        return least.to(ScalarType.Int64).item<long>() == 0;
    }
}
