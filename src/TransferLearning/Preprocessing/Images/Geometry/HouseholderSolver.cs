namespace TransferLearning;

/// <summary>Solves a small square system by Householder's QR in float32, step by step as LAPACK's reference <c>sgels</c> does. The
/// definition of a perspective rounds there, and the rounding decides whether a point on an image's border is inside.</summary>
internal static class HouseholderSolver
{
    /// <summary>Replaces the right side by the solution; the matrix, row after row, is overwritten.</summary>
    /// <returns>False if the matrix is singular.</returns>
    public static bool Solve(Span<float> matrix, Span<float> right)
    {
        int size = right.Length;
        Span<float> reflector = stackalloc float[size];
        for (int pivot = 0; pivot < size; pivot++)
        {
            float scale = MakeReflector(matrix, size, pivot, reflector);
            for (int column = pivot + 1; scale != 0 && column < size; column++)
            {
                Reflect(matrix[column..], size, pivot, reflector, scale);
            }

            if (scale != 0)
            {
                Reflect(right, 1, pivot, reflector, scale);
            }
        }

        return SubstituteBack(matrix, right);
    }

    // The vector (1, v) and the factor of the reflection that clears a column below its diagonal, which becomes the new diagonal.
    private static float MakeReflector(Span<float> matrix, int size, int pivot, Span<float> reflector)
    {
        float sum = 0;
        for (int row = pivot + 1; row < size; row++)
        {
            float value = matrix[(row * size) + pivot];
            sum += value * value;
        }

        if (sum == 0)
        {
            return 0;
        }

        float head = matrix[(pivot * size) + pivot];
        float length = -MathF.CopySign(Hypotenuse(MathF.Abs(head), MathF.Sqrt(sum)), head);
        float inverse = 1f / (head - length);
        reflector[pivot] = 1f;
        for (int row = pivot + 1; row < size; row++)
        {
            reflector[row] = matrix[(row * size) + pivot] * inverse;
        }

        matrix[(pivot * size) + pivot] = length;
        return (length - head) / length;
    }

    private static void Reflect(Span<float> column, int stride, int first, ReadOnlySpan<float> reflector, float scale)
    {
        float product = 0;
        for (int row = first; row < reflector.Length; row++)
        {
            product += column[row * stride] * reflector[row];
        }

        float amount = scale * product;
        for (int row = first; row < reflector.Length; row++)
        {
            column[row * stride] -= amount * reflector[row];
        }
    }

    private static bool SubstituteBack(ReadOnlySpan<float> matrix, Span<float> right)
    {
        int size = right.Length;
        for (int row = size - 1; row >= 0; row--)
        {
            float diagonal = matrix[(row * size) + row];
            if (diagonal == 0 || !float.IsFinite(diagonal))
            {
                return false;
            }

            right[row] /= diagonal;
            for (int above = 0; above < row; above++)
            {
                right[above] -= right[row] * matrix[(above * size) + row];
            }
        }

        return true;
    }

    private static float Hypotenuse(float first, float second)
    {
        float larger = MathF.Max(first, second);
        float ratio = MathF.Min(first, second) / larger;
        return larger * MathF.Sqrt(1f + (ratio * ratio));
    }
}
