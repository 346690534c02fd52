namespace TransferLearning;

/// <summary>The probability of one of two outcomes as a logistic function of a score, 1 / (1 + exp(A f + B)): a score of any kind made a
/// probability (Platt, "Probabilistic Outputs for Support Vector Machines", 1999).</summary>
/// <param name="A">The slope; negative where larger scores mean the outcome.</param>
/// <param name="B">The offset.</param>
/// <param name="Loss">The mean cross entropy that was reached, against the smoothed targets where those were used.</param>
public sealed record PlattScaling(double A, double B, double Loss)
{
    private const int MostSteps = 300;
    private const double Small = 1e-13;

    /// <summary>Fits it to scores whose outcome is known.</summary>
    /// <param name="scores">The scores.</param>
    /// <param name="isPositive">Whether the outcome held.</param>
    /// <param name="isSmoothed">Whether the targets are (N+ + 1)/(N+ + 2) and 1/(N- + 2), as Platt has it, instead of 1 and 0. Default:
    /// true.</param>
    /// <returns>The fit; null where there is none: without smoothing, when a threshold divides the outcomes.</returns>
    /// <exception cref="ArgumentException">There is no sample, the lists differ in length, or a score is not finite.</exception>
    public static PlattScaling? Fit(IReadOnlyList<double> scores, IReadOnlyList<bool> isPositive, bool isSmoothed = true)
    {
        (double[] held, double[] others) = BinaryScores.Divide(scores, isPositive);
        bool isDivided = held.Length == 0 || others.Length == 0 || held.Min() >= others.Max() || others.Min() >= held.Max();
        if (!isSmoothed && isDivided)
        {
            return null;
        }

        double yes = isSmoothed ? (held.Length + 1.0) / (held.Length + 2) : 1, no = isSmoothed ? 1.0 / (others.Length + 2) : 0;
        (double F, double T)[] points = [.. held.Select(f => (f, yes)), .. others.Select(f => (f, no))];
        (double a, double b) = (0, 0);
        (double loss, double slopeA, double slopeB, double aa, double ab, double bb) = Look(points, a, b);
        for (int step = 0; step < MostSteps && Math.Max(Math.Abs(slopeA), Math.Abs(slopeB)) >= Small; step++)
        {
            (double moveA, double moveB) = Solve(aa, ab, bb, slopeA, slopeB);
            double length = 1;
            while (length > 1e-8 && Look(points, a - (length * moveA), b - (length * moveB)).Loss > loss + 1e-15)
            {
                length /= 2;
            }

            (a, b) = (a - (length * moveA), b - (length * moveB));
            (loss, slopeA, slopeB, aa, ab, bb) = Look(points, a, b);
        }

        return new PlattScaling(a, b, loss);
    }

    /// <summary>The probability that a score stands for.</summary>
    public double Probability(double score) => 1 / (1 + Math.Exp((A * score) + B));

    // The mean cross entropy with its first and second derivatives.
    private static (double Loss, double A, double B, double AA, double AB, double BB) Look(
        (double F, double T)[] points, double a, double b)
    {
        double loss = 0, slopeA = 0, slopeB = 0, aa = 0, ab = 0, bb = 0;
        foreach ((double f, double t) in points)
        {
            double logit = -((a * f) + b), p = 1 / (1 + Math.Exp(-logit)), spread = p * (1 - p);
            loss += Math.Max(logit, 0) + Math.Log(1 + Math.Exp(-Math.Abs(logit))) - (t * logit);
            slopeA -= f * (p - t);
            slopeB -= p - t;
            aa += f * f * spread;
            ab += f * spread;
            bb += spread;
        }

        double n = points.Length;
        return (loss / n, slopeA / n, slopeB / n, aa / n, ab / n, bb / n);
    }

    // The shortest solution of the two equations: where all scores are equal there are many.
    private static (double A, double B) Solve(double aa, double ab, double bb, double slopeA, double slopeB)
    {
        double trace = aa + bb, determinant = (aa * bb) - (ab * ab);
        if (determinant > 1e-14 * trace * trace)
        {
            return (((bb * slopeA) - (ab * slopeB)) / determinant, ((aa * slopeB) - (ab * slopeA)) / determinant);
        }

        return trace == 0 ? (0, 0) : (((aa * slopeA) + (ab * slopeB)) / (trace * trace), ((ab * slopeA) + (bb * slopeB)) / (trace * trace));
    }
}
