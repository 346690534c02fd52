namespace TransferLearning;

/// <summary>
/// The probability of a class while the pixels that a map ranks highest are taken away or put back, the causal metrics of RISE (Petsiuk et
/// al., 2018).
/// </summary>
public sealed class PerturbationCurve
{
    private const int DefaultSteps = 50;

    internal PerturbationCurve(double[] probabilities) => Probabilities = probabilities;

    /// <summary>The probability before the first step, and after each.</summary>
    public IReadOnlyList<double> Probabilities { get; }

    /// <summary>
    /// The area under the curve, 0 to 1, by the trapezoid rule, all steps equally wide: small is good for a deletion, large for an
    /// insertion.
    /// </summary>
    public double Area => (Probabilities.Sum() - ((Probabilities[0] + Probabilities[^1]) / 2)) / (Probabilities.Count - 1);

    /// <summary>Measures the curve of a map.</summary>
    /// <param name="input">The image, with the class as its target.</param>
    /// <param name="map">A number for each pixel.</param>
    /// <param name="options">Steps and baseline.</param>
    /// <param name="deletes">Whether pixels are taken away; else they are put onto the baseline.</param>
    /// <param name="work">Who waits.</param>
    internal static PerturbationCurve Measure(
        ScoredInput input, AttributionMap map, PerturbationOptions options, bool deletes, ExplanationWork work)
    {
        int each = options.PixelsPerStep ?? Math.Max(1, (map.Values.Count + DefaultSteps - 1) / DefaultSteps);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(each, nameof(options));
        int steps = (map.Values.Count + each - 1) / each;
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        Tensor baseline = options.Baseline.For(input.Values);
        (Tensor from, Tensor to) = deletes ? (input.Values, baseline) : (baseline, input.Values);

        // The step after which each pixel has changed.
        long[] ranks = new long[map.Values.Count];
        int[] ranking = map.Ranking();
        for (int rank = 0; rank < ranking.Length; rank++)
        {
            ranks[ranking[rank]] = (rank / each) + 1;
        }

        Tensor changes = tensor(ranks, [1, 1, map.Height, map.Width], device: input.Values.device);
        double[] probabilities = new double[steps + 1];
        work.Run(probabilities.Length, options.BatchSize, (first, size) =>
        {
            Tensor step = Scalars.Range(first, first + size, ScalarType.Int64, input.Values.device).view(-1, 1, 1, 1);
            Tensor batch = where(changes.le(step), to, from);
            ScoredInput.ToArray(input.Logits(batch).softmax(1).select(1, input.Target)).CopyTo(probabilities, first);
        });
        return new PerturbationCurve(probabilities);
    }
}
