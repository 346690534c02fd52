namespace TransferLearning;

/// <summary>
/// Minimises a smooth convex function by L-BFGS (Liu and Nocedal: On the limited memory BFGS method for large scale optimization, 1989),
/// with a line search that halves or interpolates until the function falls enough.
/// </summary>
internal static class LimitedMemoryBfgs
{
    private const int Remembered = 10;
    private const int MostTrials = 30;
    private const double EnoughFall = 1e-4;

    // A step that gains less than so many units of rounding gains nothing, and where several in a row do not, no further one will.
    private const double LeastGain = 8;
    private const int MostIdleSteps = 3;

    /// <summary>Steps until the gradient is small enough, nothing can be gained any more, or the limit is reached.</summary>
    /// <param name="function">The value and the gradient at a point; both join the caller's dispose scope.</param>
    /// <param name="start">A vector, which stays as it is.</param>
    /// <param name="inverseCurvature">About the inverse of the second derivative in each direction.</param>
    /// <param name="tolerance">The norm of the gradient at which it ends, in units of the value's square root, at least 1.</param>
    /// <param name="mostSteps">The limit.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <returns>The point, which joins the caller's dispose scope, the value there, the steps taken, and whether nothing was left to gain:
    /// the gradient is small, or the value falls by no more than its rounding.</returns>
    public static (Tensor Point, double Value, int Steps, bool HasConverged) Minimize(
        Func<Tensor, (double Value, Tensor Gradient)> function,
        Tensor start,
        Tensor inverseCurvature,
        double tolerance,
        int mostSteps,
        CancellationToken cancellationToken)
    {
        using DisposeScope all = NewDisposeScope();
        Queue<(Tensor Step, Tensor Change, double Curvature)> history = new();
        Tensor point = start.clone();
        (double value, Tensor gradient) = function(point);
        double rounding = start.dtype == ScalarType.Float32 ? Math.ScaleB(1, -23) : Math.ScaleB(1, -52);
        (int steps, int idle) = (0, 0);
        bool isStuck = false;
        while (!IsSmall() && !isStuck && steps < mostSteps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            Tensor direction = Direction(gradient, [.. history], inverseCurvature);
            double slope = Dot(gradient, direction);
            if (slope >= 0)
            {
                (direction, slope) = (gradient.neg(), -Dot(gradient, gradient)); // rounding has spoilt the memory
            }

            if (Search(function, point, value, direction, slope) is not var (next, lower, after))
            {
                isStuck = true;
                break;
            }

            steps++;
            idle = value - lower > LeastGain * rounding * Math.Max(1, value) ? 0 : idle + 1;
            isStuck = idle == MostIdleSteps;
            (Tensor step, Tensor change) = (next.sub(point), after.sub(gradient));
            double curvature = Dot(step, change);
            if (curvature > 0)
            {
                if (history.Count == Remembered)
                {
                    (Tensor oldStep, Tensor oldChange, _) = history.Dequeue();
                    oldStep.Dispose();
                    oldChange.Dispose();
                }

                history.Enqueue((step.MoveToOuterDisposeScope(), change.MoveToOuterDisposeScope(), curvature));
            }

            point.Dispose();
            gradient.Dispose();
            (point, value, gradient) = (next.MoveToOuterDisposeScope(), lower, after.MoveToOuterDisposeScope());
        }

        return (point.MoveToOuterDisposeScope(), value, steps, isStuck || IsSmall());

        bool IsSmall() => Dot(gradient, gradient) <= tolerance * tolerance * Math.Max(1, value);
    }

    private static (Tensor Point, double Value, Tensor Gradient)? Search(
        Func<Tensor, (double Value, Tensor Gradient)> function, Tensor point, double value, Tensor direction, double slope)
    {
        double length = 1;
        double rounding = Math.Abs(value) * 1e-15;
        for (int trial = 0; trial < MostTrials; trial++)
        {
            Tensor next = point.Add(direction, length);
            (double reached, Tensor gradient) = function(next);
            if (reached <= value + (EnoughFall * length * slope) + rounding)
            {
                return (next, reached, gradient);
            }

            next.Dispose();
            gradient.Dispose();

            // The lowest point of the parabola through both values and the slope, within bounds; half where a value is NaN or infinite.
            double shorter = -slope * length * length / (2 * (reached - value - (slope * length)));
            length = double.IsFinite(shorter) ? Math.Clamp(shorter, 0.1 * length, 0.5 * length) : 0.5 * length;
        }

        return null;
    }

    // Minus the inverse Hessian, as the last steps show it, times the gradient.
    private static Tensor Direction(
        Tensor gradient, (Tensor Step, Tensor Change, double Curvature)[] history, Tensor inverseCurvature)
    {
        Tensor direction = gradient.neg();
        double[] shares = new double[history.Length];
        for (int i = history.Length - 1; i >= 0; i--)
        {
            shares[i] = Dot(history[i].Step, direction) / history[i].Curvature;
            direction.AddInPlace(history[i].Change, -shares[i]);
        }

        direction = direction.mul(inverseCurvature);
        if (history.Length > 0)
        {
            (_, Tensor change, double curvature) = history[^1];
            direction.MultiplyInPlace(curvature / Dot(change, change.mul(inverseCurvature)));
        }

        for (int i = 0; i < history.Length; i++)
        {
            double share = shares[i] - (Dot(history[i].Change, direction) / history[i].Curvature);
            direction.AddInPlace(history[i].Step, share);
        }

        return direction;
    }

    private static double Dot(Tensor left, Tensor right)
    {
        using Tensor product = left.dot(right);
        return product.to(ScalarType.Float64).item<double>();
    }
}
