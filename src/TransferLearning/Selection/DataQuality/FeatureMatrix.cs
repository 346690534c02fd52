namespace TransferLearning;

/// <summary>A copy of features whose rows are read as float64, whatever they are stored as. Threads may read at once.</summary>
internal sealed class FeatureMatrix
{
    private readonly float[]? _single;
    private readonly double[]? _double;

    /// <summary>Copies features.</summary>
    /// <param name="features">[N, width], float64 or what fits into float32; it stays the caller's.</param>
    /// <exception cref="ArgumentException">It is no matrix.</exception>
    public FeatureMatrix(Tensor features)
    {
        ArgumentNullException.ThrowIfNull(features);
        if (features.dim() != 2)
        {
            throw new ArgumentException(
                $"Expected features [N, width], found a tensor of {features.dim()} dimensions: flatten each sample's to one row.",
                nameof(features));
        }

        using DisposeScope scope = NewDisposeScope();
        (Count, Width) = ((int)features.size(0), (int)features.size(1));
        Tensor plain = features.detach().cpu().contiguous();
        if (plain.dtype == ScalarType.Float64)
        {
            _double = plain.data<double>().ToArray();
        }
        else
        {
            _single = plain.to(ScalarType.Float32).data<float>().ToArray();
        }
    }

    /// <summary>How many rows there are.</summary>
    public int Count { get; }

    /// <summary>How many numbers a row has.</summary>
    public int Width { get; }

    /// <summary>A buffer for <see cref="Row"/>.</summary>
    public double[] Buffer() => new double[Width];

    /// <summary>One row: of the matrix itself, or widened into the buffer.</summary>
    public ReadOnlySpan<double> Row(int row, double[] buffer)
    {
        int start = checked(row * Width);
        if (_double is not null)
        {
            return _double.AsSpan(start, Width);
        }

        ReadOnlySpan<float> from = _single.AsSpan(start, Width);
        int at = 0;
        for (; at <= Width - Vector<float>.Count; at += Vector<float>.Count)
        {
            Vector.Widen(new Vector<float>(from[at..]), out Vector<double> low, out Vector<double> high);
            low.CopyTo(buffer, at);
            high.CopyTo(buffer, at + Vector<double>.Count);
        }

        for (; at < Width; at++)
        {
            buffer[at] = from[at];
        }

        return buffer;
    }

    /// <summary>A copy of one row.</summary>
    public double[] Copy(int row) => Row(row, Buffer()).ToArray();

    /// <summary>The squared Euclidean distance; the same numbers give the same bits, so that equal rows tie.</summary>
    public static double SquaredDistance(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        Vector<double> sums = Vector<double>.Zero;
        int at = 0;
        for (; at <= left.Length - Vector<double>.Count; at += Vector<double>.Count)
        {
            Vector<double> difference = new Vector<double>(left[at..]) - new Vector<double>(right[at..]);
            sums += difference * difference;
        }

        double sum = Vector.Sum(sums);
        for (; at < left.Length; at++)
        {
            double difference = left[at] - right[at];
            sum += difference * difference;
        }

        return sum;
    }

    /// <summary>The cosine of the angle between two rows; 0 where one of them is all zeros.</summary>
    public static double Cosine(ReadOnlySpan<double> left, ReadOnlySpan<double> right)
    {
        (double leftLength, double rightLength, double product) = (Length(left), Length(right), 0);
        for (int at = 0; at < left.Length && leftLength > 0 && rightLength > 0; at++)
        {
            product += left[at] / leftLength * (right[at] / rightLength);
        }

        return product;
    }

    /// <summary>The Euclidean length of a row.</summary>
    public static double Length(ReadOnlySpan<double> row)
    {
        double sum = 0;
        foreach (double number in row)
        {
            sum += number * number;
        }

        return Math.Sqrt(sum);
    }
}
