namespace TransferLearning;

/// <summary>Counts samples by a score, in intervals of equal width.</summary>
/// <param name="bins">How many intervals.</param>
internal sealed class CalibrationCounts(int bins = Calibration.UsualBins)
{
    private readonly long[] _count = new long[bins];
    private readonly long[] _correct = new long[bins];
    private readonly double[] _scoreSum = new double[bins];

    /// <summary>Counts one sample.</summary>
    public void Add(double score, bool isCorrect)
    {
        int bin = Find(score);
        _count[bin]++;
        _correct[bin] += isCorrect ? 1 : 0;
        _scoreSum[bin] += score;
    }

    /// <summary>Adds what another process has counted, or gives what this one has.</summary>
    public void Share(MetricState state)
    {
        state.Sum(_count);
        state.Sum(_correct);
        state.Sum(_scoreSum);
    }

    /// <summary>The calibration of the samples counted so far.</summary>
    public Calibration ToCalibration() => Calibration.Of([.. Enumerable.Range(0, bins).Select(Bin)]);

    private double Edge(int bin) => bin / (double)bins;

    // The product may round to the wrong side of an edge, so the guess is moved by comparing with the edges themselves.
    private int Find(double score)
    {
        int bin = Math.Clamp((int)Math.Ceiling(score * bins) - 1, 0, bins - 1);
        while (bin > 0 && score <= Edge(bin))
        {
            bin--;
        }

        while (bin < bins - 1 && score > Edge(bin + 1))
        {
            bin++;
        }

        return bin;
    }

    private CalibrationBin Bin(int bin) => _count[bin] == 0
        ? new CalibrationBin(Edge(bin), Edge(bin + 1), 0, null, null)
        : new CalibrationBin(Edge(bin), Edge(bin + 1), _count[bin], _correct[bin] / (double)_count[bin], _scoreSum[bin] / _count[bin]);
}
