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

    /// <summary>Adds what another process has taken, or gives what this one has.</summary>
    internal void Share(MetricState state)
    {
        // Sums of squares around two means become one around the mean of all (Chan et al., 1979).
        double[] moments = [_count, _mean, _variance];
        if (state.OtherRecord(moments) is [double count, double mean, double variance] && count > 0)
        {
            double distance = mean - _mean, all = _count + count;
            _mean += distance * count / all;
            _variance += variance + (distance * distance * _count * count / all);
        }

        state.Sum(ref _count);
        state.Sum(ref _absolute);
        state.Sum(ref _squared);
    }

    /// <summary>The report on the samples so far.</summary>
    /// <exception cref="InvalidOperationException">There is no sample yet.</exception>
    public RegressionReport ToReport() => _count > 0
        ? new RegressionReport(_absolute / _count, _squared / _count, _variance > 0 ? 1 - (_squared / _variance) : null, _count)
        : throw new InvalidOperationException("There is no sample to report on. Check that the data set is not empty.");
}
