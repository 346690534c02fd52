using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>
/// Features on their way between processes: each computes its batches, the first one keeps them in its cache, and in the end all have them
/// in memory.
/// </summary>
internal static class SharedFeatures
{
    private const long PieceBytes = 64L << 20;

    /// <summary>What every process computed of a round.</summary>
    /// <param name="ranks">The processes.</param>
    /// <param name="indices">The samples of this process's batch; none where it had no batch.</param>
    /// <param name="features">Their features.</param>
    /// <returns>In the first process the samples and features of all; in the others nothing.</returns>
    public static IEnumerable<(IReadOnlyList<int> Indices, Tensor Features)> Gather(
        Ranks ranks, IReadOnlyList<int> indices, Tensor? features)
    {
        if (ranks.IsAlone)
        {
            return features is null ? [] : [(indices, features)];
        }

        byte[] own = [];
        ranks.Guard(() =>
        {
            if (features is not null)
            {
                using DisposeScope scope = NewDisposeScope();
                int[] head = [indices.Count, .. indices, (int)features.dim() - 1, .. features.shape[1..].Select(size => (int)size)];
                own = [.. MemoryMarshal.AsBytes(head.AsSpan()), .. features.detach().cpu().to(ScalarType.Float32).contiguous().bytes];
            }
        });
        byte[][] all = ranks.GatherBytes(own);
        return ranks.IsFirst ? all.Where(part => part.Length > 0).Select(Read) : [];
    }

    /// <summary>Hands the rows of the first process to all; null where it has none.</summary>
    public static FeatureRows? Spread(Ranks ranks, FeatureRows? rows)
    {
        Outline? outline = ranks.FromFirst(
            rows is null
                ? null
                : new Outline(
                    rows.Count,
                    [.. rows.Shape],
                    [
                        .. Enumerable.Range(0, rows.Views).Select(
                            view => Enumerable.Range(0, rows.Count).Where(sample => !rows.Has(sample, view)).ToArray())
                    ]));
        if (outline is null)
        {
            return null;
        }

        (FeatureChunk? Chunk, int Row)[] places = new (FeatureChunk?, int)[(long)outline.Samples * outline.Missing.Length];
        int step = (int)Math.Clamp(PieceBytes / FeatureChunkHeader.BytesOfRow(FeaturePrecision.Float32, outline.Shape), 1, int.MaxValue);
        for (int view = 0; view < outline.Missing.Length; view++)
        {
            foreach (int[] piece in Enumerable.Range(0, outline.Samples).Except(outline.Missing[view]).Chunk(step))
            {
                using Tensor values = rows?.Gather(piece, view) ?? empty([piece.Length, .. outline.Shape]).DetachFromDisposeScope();
                ranks.Collective.Broadcast(values.bytes, 0);
                if (rows is null)
                {
                    FeatureChunk chunk = new(
                        new FeatureChunkHeader(0, FeaturePrecision.Float32, outline.Shape, [], []), values.bytes.ToArray());
                    for (int row = 0; row < piece.Length; row++)
                    {
                        places[(view * outline.Samples) + piece[row]] = (chunk, row);
                    }
                }
            }
        }

        return rows ?? new FeatureRows(outline.Samples, outline.Missing.Length, outline.Shape, FeaturePrecision.Float32, places);
    }

    private static (IReadOnlyList<int> Indices, Tensor Features) Read(byte[] part)
    {
        ReadOnlySpan<int> head = MemoryMarshal.Cast<byte, int>(part.AsSpan(0, part.Length / sizeof(int) * sizeof(int)));
        int count = head[0], axes = head[count + 1];
        long[] shape = [count, .. head.Slice(count + 2, axes).ToArray().Select(size => (long)size)];
        Tensor features = empty(shape);
        part.AsSpan((count + 2 + axes) * sizeof(int)).CopyTo(features.bytes);
        return (head.Slice(1, count).ToArray(), features);
    }

    private sealed record Outline(int Samples, long[] Shape, int[][] Missing);
}
