namespace TransferLearning;

/// <summary>
/// Minimises a smooth convex function by L-BFGS (Liu and Nocedal: On the limited memory BFGS method for large scale optimization, 1989),
/// with a line search that halves or interpolates until the function falls enough.
/// </summary>
internal static class LimitedMemoryBfgs
{
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

        // In units in which the function curves about alike in each direction.
        Tensor unit = inverseCurvature.sqrt();
        Tensor point = start.div(unit);
        (double value, Tensor gradient, double square) = Evaluate(point);
        Tensor direction = gradient.neg();
        StepHistory history = new(start);
        double rounding = start.dtype == ScalarType.Float32 ? Math.ScaleB(1, -23) : Math.ScaleB(1, -52);
        (int steps, int idle) = (0, 0);
        bool isStuck = false;
        while (!IsSmall() && !isStuck && steps < mostSteps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            using DisposeScope scope = NewDisposeScope();
            double slope = Dot(gradient, direction);
            if (slope >= 0)
            {
                (direction, slope) = (gradient.neg(), -Dot(gradient, gradient)); // rounding has spoilt the memory
            }

            if (Search(slope) is not var (next, lower, after, squareAfter))
            {
                isStuck = true;
                break;
            }

            steps++;
            idle = value - lower > LeastGain * rounding * Math.Max(1, value) ? 0 : idle + 1;
            isStuck = idle == MostIdleSteps;
            history.Add(next.sub(point), after.sub(gradient), after);
            point.Dispose();
            gradient.Dispose();
            direction.Dispose();
            (point, gradient) = (next.MoveToOuterDisposeScope(), after.MoveToOuterDisposeScope());
            direction = history.Direction().MoveToOuterDisposeScope();
            (value, square) = (lower, squareAfter);
        }

        return (point.mul(unit).MoveToOuterDisposeScope(), value, steps, isStuck || IsSmall());

        bool IsSmall() => square <= tolerance * tolerance * Math.Max(1, value);

        // The value, the gradient in the units above, and the square of its norm without them.
        (double Value, Tensor Gradient, double Square) Evaluate(Tensor at)
        {
            using DisposeScope scope = NewDisposeScope();
            (double reached, Tensor found) = function(at.mul(unit));
            return (reached, found.mul(unit).MoveToOuterDisposeScope(), Dot(found, found));
        }

        (Tensor Point, double Value, Tensor Gradient, double Square)? Search(double slope)
        {
            double length = 1;
            double least = Math.Abs(value) * 1e-15;
            for (int trial = 0; trial < MostTrials; trial++)
            {
                Tensor next = point.Add(direction, length);
                (double reached, Tensor after, double squareAfter) = Evaluate(next);
                if (reached <= value + (EnoughFall * length * slope) + least)
                {
                    return (next, reached, after, squareAfter);
                }

                next.Dispose();
                after.Dispose();

                // The lowest point of the parabola through both values and the slope, within bounds; half where a value is NaN or infinite.
                double shorter = -slope * length * length / (2 * (reached - value - (slope * length)));
                length = double.IsFinite(shorter) ? Math.Clamp(shorter, 0.1 * length, 0.5 * length) : 0.5 * length;
            }

            return null;
        }
    }

    private static double Dot(Tensor left, Tensor right)
    {
        using Tensor product = left.dot(right);
        return product.to(ScalarType.Float64).item<double>();
    }
}
