namespace TransferLearning;

/// <summary>
/// Takes predicted and true numbers and makes a <see cref="RegressionReport"/> of them, in constant memory. Not safe for several threads at
/// once.
/// </summary>
public sealed class RegressionAccumulator
{
    private long _count;
    private double _absolute;
    private double _squared;
    private double _mean;
    private double _variance; // the sum of squared distances from the mean so far (Welford, 1962)

    /// <summary>Takes one sample.</summary>
    /// <param name="predicted">The predicted number.</param>
    /// <param name="actual">The true number.</param>
    public void Add(double predicted, double actual)
    {
        double error = predicted - actual, step = actual - _mean;
        _count++;
        _absolute += Math.Abs(error);
        _squared += error * error;
        _mean += step / _count;
        _variance += step * (actual - _mean);
    }

    /// <summary>The report on the samples so far.</summary>
    /// <exception cref="InvalidOperationException">There is no sample yet.</exception>
    public RegressionReport ToReport() => _count > 0
        ? new RegressionReport(_absolute / _count, _squared / _count, _variance > 0 ? 1 - (_squared / _variance) : null, _count)
        : throw new InvalidOperationException("There is no sample to report on. Check that the data set is not empty.");
}
