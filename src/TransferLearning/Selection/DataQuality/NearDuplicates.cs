namespace TransferLearning;

/// <summary>Finds samples whose features point almost the same way.</summary>
public static class NearDuplicates
{
    // Rows and columns of similarities that are in memory at once.
    private const int TileSide = 2048;

    // How much less than the threshold a float32 product may be before it is computed again in float64.
    private const double Slack = 1e-4;

    /// <summary>
    /// All pairs of a set with a cosine of at least the threshold, tile by tile, so that memory does not grow with the square of their
    /// number: products in float32 find the candidates, float64 decides.
    /// </summary>
    /// <param name="features">[N, width]; rows of zeros are like no other.</param>
    /// <param name="threshold">The smallest cosine, above -1.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>Each pair once, in the order of the tiles; computed while it is read.</returns>
    /// <exception cref="ArgumentException">The features are no matrix, or the threshold is no cosine.</exception>
    public static IEnumerable<SimilarPair> Pairs(Tensor features, double threshold, CancellationToken cancellationToken = default)
        => Pairs(features, null, threshold, cancellationToken);

    /// <summary>The same between two sets: <see cref="SimilarPair.First"/> is of the first.</summary>
    /// <param name="first">[N, width].</param>
    /// <param name="second">[M, width]; null means pairs inside the first.</param>
    /// <param name="threshold">The smallest cosine, above -1.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    public static IEnumerable<SimilarPair> Pairs(
        Tensor first, Tensor? second, double threshold, CancellationToken cancellationToken = default)
    {
        if (!(threshold > -1 && threshold <= 1))
        {
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "Expected a cosine above -1 and up to 1, such as 0.98.");
        }

        FeatureMatrix left = new(first), right = second is null ? left : new FeatureMatrix(second);
        return left.Width == right.Width
            ? Tiles(first, second, left, right, threshold, cancellationToken)
            : throw new ArgumentException(
                $"The features of the two sets have {left.Width} and {right.Width} numbers: take them from one network.", nameof(second));
    }

    /// <summary>Joins pairs to groups: samples that are alike directly or by others between them.</summary>
    /// <param name="count">How many samples there are.</param>
    /// <param name="pairs">The pairs.</param>
    /// <returns>The groups of two or more, members ascending, in the order of their first members.</returns>
    public static IReadOnlyList<IReadOnlyList<int>> Groups(int count, IEnumerable<SimilarPair> pairs)
    {
        ArgumentNullException.ThrowIfNull(pairs);
        DuplicateGroups groups = new(count);
        foreach (SimilarPair pair in pairs)
        {
            groups.Join(pair.First, pair.Second);
        }

        return groups.Groups();
    }

    private static IEnumerable<SimilarPair> Tiles(
        Tensor first, Tensor? second, FeatureMatrix left, FeatureMatrix right, double threshold, CancellationToken cancellationToken)
    {
        using Tensor units = Units(first);
        using Tensor others = second is null ? units.alias().DetachFromDisposeScope() : Units(second);
        for (int row = 0; row < left.Count; row += TileSide)
        {
            for (int column = second is null ? row : 0; column < right.Count; column += TileSide)
            {
                cancellationToken.ThrowIfCancellationRequested();
                foreach (SimilarPair pair in Tile(row, column))
                {
                    yield return pair;
                }
            }
        }

        List<SimilarPair> Tile(int row, int column)
        {
            using IDisposable guard = no_grad();
            using DisposeScope scope = NewDisposeScope();
            Tensor part = units.narrow(0, row, Math.Min(TileSide, left.Count - row));
            Tensor cosines = part.mm(others.narrow(0, column, Math.Min(TileSide, right.Count - column)).t());
            using Scalar least = (threshold - Slack).ToScalar();
            Tensor found = cosines.ge(least).nonzero();
            if (found.size(0) == 0)
            {
                return [];
            }

            long[] places = found.contiguous().data<long>().ToArray();
            (double[] one, double[] other) = (left.Buffer(), right.Buffer());
            List<SimilarPair> pairs = [];
            for (int i = 0; i < places.Length; i += 2)
            {
                (int a, int b) = (row + (int)places[i], column + (int)places[i + 1]);
                if (second is null && b <= a)
                {
                    continue;
                }

                double cosine = FeatureMatrix.Cosine(left.Row(a, one), right.Row(b, other));
                if (cosine >= threshold)
                {
                    pairs.Add(new SimilarPair(a, b, cosine));
                }
            }

            return pairs;
        }
    }

    private static Tensor Units(Tensor features)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        return UnitRows.Of(features.detach().cpu()).to(ScalarType.Float32).alias().DetachFromDisposeScope();
    }
}
