namespace TransferLearning;

/// <summary>How often each class was taken for each class.</summary>
public sealed record ConfusionMatrix
{
    private readonly long[] _counts;

    /// <summary>Makes a matrix from counts.</summary>
    /// <param name="counts">Square; row: true class, column: predicted class; copied.</param>
    /// <exception cref="ArgumentException">The counts are not square, or there is no class.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A count is negative.</exception>
    public ConfusionMatrix(long[,] counts)
        : this([.. (counts ?? throw new ArgumentNullException(nameof(counts))).Cast<long>()], counts.GetLength(0))
    {
        if (counts.GetLength(1) != ClassCount || ClassCount == 0)
        {
            throw new ArgumentException(
                $"The counts are {counts.GetLength(0)} by {counts.GetLength(1)}, but must be square and not empty.", nameof(counts));
        }

        ArgumentOutOfRangeException.ThrowIfNegative(_counts.Min(), nameof(counts));
    }

    internal ConfusionMatrix(long[] counts, int classCount)
    {
        _counts = counts;
        ClassCount = classCount;
    }

    /// <summary>How many classes there are.</summary>
    public int ClassCount { get; }

    /// <summary>How many samples were counted.</summary>
    public long Total => _counts.Sum();

    /// <summary>How many samples were predicted correctly.</summary>
    public long Correct => Enumerable.Range(0, ClassCount).Sum(k => this[k, k]);

    /// <summary>How many samples of the class <paramref name="label"/> were taken for <paramref name="prediction"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public long this[int label, int prediction]
        => _counts[(Checked(label, nameof(label)) * ClassCount) + Checked(prediction, nameof(prediction))];

    /// <summary>How many samples are of the class.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public long Support(int label) => _counts.AsSpan(Checked(label, nameof(label)) * ClassCount, ClassCount).ToArray().Sum();

    /// <summary>How many samples were taken for the class.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such class.</exception>
    public long Predicted(int prediction) => Enumerable.Range(0, ClassCount).Sum(label => this[label, prediction]);

    /// <summary>The counts as a new square array; row: true class, column: predicted class.</summary>
    public long[,] ToArray()
    {
        long[,] counts = new long[ClassCount, ClassCount];
        Buffer.BlockCopy(_counts, 0, counts, 0, _counts.Length * sizeof(long));
        return counts;
    }

    /// <summary>Whether the other matrix has the same counts.</summary>
    public bool Equals(ConfusionMatrix? other) => other is not null && _counts.AsSpan().SequenceEqual(other._counts);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(ClassCount, Total, Correct);

    private int Checked(int index, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index, name);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, ClassCount, name);
        return index;
    }
}
