namespace TransferLearning;

/// <summary>Counts samples by their largest score, in fifteen intervals.</summary>
internal sealed class CalibrationCounts
{
    private const int BinCount = 15;
    private readonly long[] _count = new long[BinCount];
    private readonly long[] _correct = new long[BinCount];
    private readonly double[] _scoreSum = new double[BinCount];

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
    public Calibration ToCalibration()
    {
        CalibrationBin[] bins = [.. Enumerable.Range(0, BinCount).Select(Bin)];
        double total = _count.Sum();
        double[] gaps = [.. bins.Select(bin => Math.Abs((bin.Accuracy - bin.Confidence) ?? 0))];
        return new Calibration(bins.Zip(gaps, (bin, gap) => bin.Count / total * gap).Sum(), gaps.Max(), bins);
    }

    private static double Edge(int bin) => bin / (double)BinCount;

    // The product may round to the wrong side of an edge, so the guess is moved by comparing with the edges themselves.
    private static int Find(double score)
    {
        int bin = Math.Clamp((int)Math.Ceiling(score * BinCount) - 1, 0, BinCount - 1);
        while (bin > 0 && score <= Edge(bin))
        {
            bin--;
        }

        while (bin < BinCount - 1 && score > Edge(bin + 1))
        {
            bin++;
        }

        return bin;
    }

    private CalibrationBin Bin(int bin) => _count[bin] == 0
        ? new CalibrationBin(Edge(bin), Edge(bin + 1), 0, null, null)
        : new CalibrationBin(Edge(bin), Edge(bin + 1), _count[bin], _correct[bin] / (double)_count[bin], _scoreSum[bin] / _count[bin]);
}
