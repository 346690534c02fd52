namespace TransferLearning;

/// <summary>What becomes of each of the 256 levels where light comes in quanta: draws of Poisson distributions by their cumulative
/// probabilities.</summary>
internal sealed class PoissonLevels
{
    private readonly double _quanta;
    private readonly double[][] _cumulative = new double[256][];

    /// <param name="quanta">How many quanta the level 255 is on average; the fewer, the more noise. At most 700.</param>
    public PoissonLevels(double quanta)
    {
        _quanta = quanta;
        for (int level = 0; level < _cumulative.Length; level++)
        {
            double mean = level * quanta / 255;
            double probability = Math.Exp(-mean), sum = probability;
            List<double> sums = [sum];

            // Ten standard deviations above the mean nothing that float64 can add is left.
            for (int count = 1; count < mean + (10 * Math.Sqrt(mean)) + 10; count++)
            {
                probability *= mean / count;
                sums.Add(sum += probability);
            }

            _cumulative[level] = [.. sums];
        }
    }

    /// <summary>Draws what is counted of a level, on the scale of levels.</summary>
    public double Draw(byte level, ref SeededRandom random)
    {
        int place = Array.BinarySearch(_cumulative[level], random.NextDouble());
        return (place < 0 ? ~place : place + 1) * 255 / _quanta;
    }
}
