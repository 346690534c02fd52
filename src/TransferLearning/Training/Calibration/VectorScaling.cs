namespace TransferLearning;

/// <summary>Fits a weight and a bias for each class's logit: those of the smallest mean cross entropy (Guo et al., "On Calibration of
/// Modern Neural Networks", 2017).</summary>
public static class VectorScaling
{
    private const double Tolerance = 1e-11;
    private const int MostSteps = 5000;
    private const double Perfect = 1e-7;

    /// <summary>Finds the best weights and biases; the biases have the mean 0.</summary>
    /// <param name="logits">One row for each sample, one number for each class.</param>
    /// <param name="labels">The true classes.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The scaling, and the mean cross entropy with it.</returns>
    /// <exception cref="ArgumentException">There is no sample, the lists do not fit together, or a logit is not finite.</exception>
    /// <exception cref="InvalidOperationException">There is no best one: a class has no sample, or a scaling makes every prediction
    /// right.</exception>
    public static (LogitScaling Scaling, double Loss) Fit(
        IReadOnlyList<double[]> logits, IReadOnlyList<int> labels, CancellationToken cancellationToken = default)
    {
        int classes = CheckedLogits.Check(logits, labels);
        int absent = Enumerable.Range(0, classes).Except(labels).FirstOrDefault(-1);
        if (absent >= 0)
        {
            throw new InvalidOperationException(
                $"Class {absent} has no sample, so its best bias would be minus infinity: calibrate with a temperature, or with samples of "
                    + "every class.");
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        Tensor rows = tensor([.. logits.SelectMany(row => row)], [logits.Count, classes], ScalarType.Float64);
        Tensor targets = tensor([.. labels.Select(label => (long)label)], int64);
        Tensor truth = nn.functional.one_hot(targets, classes).to(ScalarType.Float64);
        (Tensor point, double loss, _, _) = LimitedMemoryBfgs.Minimize(
            Loss,
            cat([ones([classes], ScalarType.Float64), zeros([classes], ScalarType.Float64)], 0),
            InverseCurvature(),
            Tolerance,
            MostSteps,
            cancellationToken);
        double[] found = [.. point.data<double>()];
        double shift = found[classes..].Average();
        return loss >= Perfect && found.All(double.IsFinite)
            ? (new LogitScaling(1, found[..classes], [.. found[classes..].Select(bias => bias - shift)]), loss)
            : throw new InvalidOperationException(
                "Some scaling makes every prediction right, so the best one would be infinite: calibrate with a temperature, or with more "
                    + "samples.");

        (double, Tensor) Loss(Tensor at)
        {
            using DisposeScope inner = NewDisposeScope();
            Tensor logarithms = nn.functional.log_softmax(rows.mul(at.narrow(0, 0, classes)).Add(at.narrow(0, classes, classes)), 1);
            Tensor slope = logarithms.exp().sub(truth).Divide(logits.Count);
            Tensor gradient = cat([slope.mul(rows).sum([0]), slope.sum([0])], 0);
            double value = -logarithms.mul(truth).sum().item<double>() / logits.Count;
            return (value, gradient.MoveToOuterDisposeScope());
        }

        Tensor InverseCurvature()
        {
            Tensor shares = rows.softmax(1);
            Tensor each = shares.mul(shares.neg().Add(1.0));
            Tensor curvature = cat([each.mul(rows.Square()).mean([0]), each.mean([0])], 0);
            return curvature.Add(1e-6).reciprocal();
        }
    }
}
