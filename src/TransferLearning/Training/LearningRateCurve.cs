namespace TransferLearning;

/// <summary>What a learning-rate search saw: the loss at each rate, and which rates it suggests.</summary>
/// <param name="Points">One entry for each step, from the smallest rate to the largest.</param>
/// <remarks>The suggestions are fastai's, over the smoothed losses without the first tenth of the steps and the last five: a search begins
/// noisily and ends in divergence. They are rules of thumb; look at <see cref="Points"/> when they disagree.</remarks>
public sealed record LearningRateCurve(IReadOnlyList<LearningRatePoint> Points)
{
    private const int EndLeftOut = 5;

    /// <summary>The rate to begin with: <see cref="Valley"/>, as fastai suggests.</summary>
    public double Suggestion => Valley;

    /// <summary>Where the loss falls most steeply over the logarithm of the rate (Smith, 2015).</summary>
    public double Steepest
    {
        get
        {
            IReadOnlyList<LearningRatePoint> points = Trusted;
            int best = 0;
            double steepest = double.PositiveInfinity;
            for (int i = 0; i + 1 < points.Count; i++)
            {
                double slope = (points[i + 1].SmoothedLoss - points[i].SmoothedLoss) / Math.Log(points[i
                    + 1].LearningRate / points[i].LearningRate);
                (best, steepest) = slope < steepest ? (i, slope) : (best, steepest);
            }

            return points[best].LearningRate;
        }
    }

    /// <summary>Two thirds (more exactly, a half) into the longest fall of the loss: fastai's valley.</summary>
    public double Valley
    {
        get
        {
            IReadOnlyList<LearningRatePoint> points = Trusted;
            int[] lengths = new int[points.Count];
            Array.Fill(lengths, 1);
            int start = 0, end = 0;
            for (int i = 1; i < points.Count; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    if (points[i].SmoothedLoss < points[j].SmoothedLoss && lengths[i] < lengths[j] + 1)
                    {
                        lengths[i] = lengths[j] + 1;
                    }

                    if (lengths[end] < lengths[i])
                    {
                        (end, start) = (i, i - lengths[i]);
                    }
                }
            }

            double section = (end - start) / 3.0;
            return points[Math.Clamp(start + (int)section + (int)(section / 2), 0, points.Count - 1)].LearningRate;
        }
    }

    /// <summary>A tenth of the rate where the loss is smallest.</summary>
    public double MinimumOverTen => Trusted.MinBy(point => point.SmoothedLoss)!.LearningRate / 10;

    // Of a very short search everything counts.
    private IReadOnlyList<LearningRatePoint> Trusted
    {
        get
        {
            int first = Points.Count / 10;
            int count = Points.Count - first - EndLeftOut;
            return count >= 2 ? [.. Points.Skip(first).Take(count)] : Points;
        }
    }
}
