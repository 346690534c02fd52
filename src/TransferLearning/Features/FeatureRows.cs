namespace TransferLearning;

/// <summary>The features of a data set, wherever they lie: gathers any rows into a tensor. Threads may read at once.</summary>
/// <param name="samples">How many samples there are.</param>
/// <param name="views">How many views of each are stored.</param>
/// <param name="shape">The shape of one sample's features.</param>
/// <param name="precision">How a number is stored.</param>
/// <param name="places">View by view, the chunk and the row of each sample; a negative chunk for one without features.</param>
internal sealed class FeatureRows(int samples, int views, long[] shape, FeaturePrecision precision, (FeatureChunk? Chunk, int Row)[] places)
{
    private readonly int _rowBytes = FeatureChunkHeader.BytesOfRow(precision, shape);

    /// <summary>How many samples the data set has, those without features included.</summary>
    public int Count => samples;

    public int Views => views;
    public IReadOnlyList<long> Shape => shape;

    /// <summary>How many samples have no features, because they could not be read or are damaged; the most of any view.</summary>
    public int Skipped { get; } = Enumerable.Range(0, views).Max(view => places.AsSpan(view * samples, samples).Count((null, 0)));

    /// <summary>A copy of features [N, …] float32.</summary>
    public static FeatureRows Of(Tensor features)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor plain = features.detach().cpu().contiguous();
        long[] shape = plain.shape[1..];
        FeatureChunk chunk = new(new FeatureChunkHeader(0, FeaturePrecision.Float32, shape, [], []), plain.bytes.ToArray());
        return new FeatureRows(
            (int)plain.size(0),
            1,
            shape,
            FeaturePrecision.Float32,
            [.. Enumerable.Range(0, (int)plain.size(0)).Select(row => ((FeatureChunk?)chunk, row))]);
    }

    /// <summary>Those of some samples, of one view.</summary>
    public FeatureRows Of(IReadOnlyList<int> indices)
        => new(indices.Count, 1, shape, precision, [.. indices.Select(sample => places[sample])]);

    /// <summary>Whether a sample has features.</summary>
    public bool Has(int sample, int view = 0) => places[(view * samples) + sample].Chunk is not null;

    /// <summary>
    /// The features of some samples that have them, [n, …] float32 on the CPU, in no dispose scope; the caller disposes them.
    /// </summary>
    public unsafe Tensor Gather(IReadOnlyList<int> indices, int view = 0)
    {
        LibTorch.Load();
        Tensor rows = empty(
            [indices.Count, .. shape],
            precision == FeaturePrecision.Float16 ? ScalarType.Float16 : ScalarType.Float32).DetachFromDisposeScope();
        fixed (byte* memory = rows.bytes)
        {
            for (int i = 0; i < indices.Count; i++)
            {
                (FeatureChunk? chunk, int row) = places[(view * samples) + indices[i]];
                chunk!.Read(row, new Span<byte>(memory + ((long)i * _rowBytes), _rowBytes));
            }
        }

        if (precision == FeaturePrecision.Float32)
        {
            return rows;
        }

        using (rows)
        {
            return rows.to(ScalarType.Float32).DetachFromDisposeScope();
        }
    }
}
