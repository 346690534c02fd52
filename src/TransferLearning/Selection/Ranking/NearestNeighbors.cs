namespace TransferLearning;

/// <summary>Classification by the most similar samples whose label is known, by the cosine between features.</summary>
public static class NearestNeighbors
{
    private const int RowsAtOnce = 512;

    /// <summary>Predicts each sample's label as that of most of its nearest neighbours.</summary>
    /// <param name="known">[N, width]: features of the samples whose label is known.</param>
    /// <param name="labels">[N] integers.</param>
    /// <param name="features">[M, width]: features of the samples to predict.</param>
    /// <param name="neighbors">How many neighbours vote; all there are if there are fewer. Of two that are equally similar the one with the
    /// lower number comes first; among labels with as many votes wins the one with the nearest neighbour.</param>
    /// <returns>[M] int64 labels. Joins the caller's dispose scope.</returns>
    /// <exception cref="ArgumentException">The shapes do not fit together, or a number is NaN or infinite.</exception>
    public static Tensor Predict(Tensor known, Tensor labels, Tensor features, int neighbors)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(neighbors);
        using DisposeScope scope = NewDisposeScope();
        Tensor all = UnitRows.Of(LabelledRows.Matrix(known, nameof(known)));
        long[] classes = [.. LabelledRows.Labels(labels, known).data<long>()];
        Tensor rows = UnitRows.Of(LabelledRows.Matrix(features, nameof(features)));
        return tensor(Vote(all, classes, rows, neighbors, leavesItselfOut: false)).MoveToOuterDisposeScope();
    }

    /// <summary>The share of samples whose label their nearest neighbours, without themselves, predict correctly.</summary>
    /// <param name="features">[N, width], N at least 2.</param>
    /// <param name="labels">[N] integers.</param>
    /// <param name="neighbors">How many neighbours vote.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together, or a number is NaN or infinite.</exception>
    public static double LeaveOneOutAccuracy(Tensor features, Tensor labels, int neighbors)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(neighbors);
        using DisposeScope scope = NewDisposeScope();
        Tensor all = UnitRows.Of(LabelledRows.Matrix(features, nameof(features)));
        long[] classes = [.. LabelledRows.Labels(labels, features).data<long>()];
        long[] predicted = Vote(all, classes, all, neighbors, leavesItselfOut: true);
        return classes.Zip(predicted).Count(pair => pair.First == pair.Second) / (double)classes.Length;
    }

    private static long[] Vote(Tensor known, long[] classes, Tensor rows, int neighbors, bool leavesItselfOut)
    {
        int most = Math.Min(neighbors, classes.Length - (leavesItselfOut ? 1 : 0));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(most, nameof(rows));
        long[] predicted = new long[rows.size(0)];
        int[] nearest = new int[most];
        for (int first = 0; first < predicted.Length; first += RowsAtOnce)
        {
            using DisposeScope scope = NewDisposeScope();
            int count = Math.Min(RowsAtOnce, predicted.Length - first);
            Tensor products = rows.narrow(0, first, count).mm(known.t());
            double[] similarities = [.. products.data<double>()];
            for (int row = 0; row < count; row++)
            {
                ReadOnlySpan<double> own = similarities.AsSpan(row * classes.Length, classes.Length);
                FindNearest(own, nearest, leavesItselfOut ? first + row : -1);
                predicted[first + row] = Winner(nearest, classes);
            }
        }

        return predicted;
    }

    // Insertion into a short list: a later sample takes a place only if it is strictly more similar.
    private static void FindNearest(ReadOnlySpan<double> similarities, Span<int> nearest, int without)
    {
        int found = 0;
        for (int sample = 0; sample < similarities.Length; sample++)
        {
            if (sample == without || (found == nearest.Length && similarities[sample] <= similarities[nearest[^1]]))
            {
                continue;
            }

            int place = found < nearest.Length ? found++ : nearest.Length - 1;
            for (; place > 0 && similarities[sample] > similarities[nearest[place - 1]]; place--)
            {
                nearest[place] = nearest[place - 1];
            }

            nearest[place] = sample;
        }
    }

    private static long Winner(ReadOnlySpan<int> nearest, long[] classes)
    {
        Dictionary<long, int> votes = [];
        foreach (int sample in nearest)
        {
            votes[classes[sample]] = votes.GetValueOrDefault(classes[sample]) + 1;
        }

        int most = votes.Values.Max();
        foreach (int sample in nearest)
        {
            if (votes[classes[sample]] == most)
            {
                return classes[sample];
            }
        }

        throw new InvalidOperationException("Nobody voted."); // not reached: there is at least one neighbour
    }
}
