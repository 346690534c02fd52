using System.Numerics;
using System.Runtime.InteropServices;

namespace TransferLearning;

/// <summary>Arithmetic on the rows of frames.</summary>
internal static class FrameRows
{
    /// <summary>Makes new rows, each a weighted sum of the given ones.</summary>
    /// <param name="frames">The frames.</param>
    /// <param name="rows">The number of new rows.</param>
    /// <param name="weight">The weight of a given row in a new one.</param>
    public static AudioFrames Combine(AudioFrames frames, int rows, Func<int, int, float> weight)
    {
        AudioFrames combined = new(new float[rows * frames.Count], rows, frames.Count);
        for (int row = 0; row < rows; row++)
        {
            Span<float> to = combined.Band(row);
            for (int band = 0; band < frames.Bands; band++)
            {
                if (weight(band, row) is not 0 and float factor)
                {
                    AddScaled(frames.Band(band), factor, to);
                }
            }
        }

        return combined;
    }

    /// <summary>Replaces every number by the logarithm to the base 2 of what is no smaller than a floor, times a factor.</summary>
    /// <param name="values">The numbers.</param>
    /// <param name="raise">Added before.</param>
    /// <param name="floor">The smallest number that a logarithm is taken of.</param>
    /// <param name="factor">What the logarithm is multiplied by: log10(2) for the decimal one.</param>
    public static void Logarithm(Span<float> values, float raise, float floor, float factor)
    {
        Span<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<float> least = new(floor), more = new(raise);
        foreach (ref Vector<float> vector in vectors)
        {
            vector = Vector.Log2(Vector.Max(vector + more, least)) * factor;
        }

        foreach (ref float value in values[(vectors.Length * Vector<float>.Count)..])
        {
            value = MathF.Log2(MathF.Max(value + raise, floor)) * factor;
        }
    }

    /// <summary>Replaces every number x by factor * (x, but no less than the floor) + addend.</summary>
    public static void Scale(Span<float> values, float floor, float factor, float addend)
    {
        Span<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<float> least = new(floor), more = new(addend);
        foreach (ref Vector<float> vector in vectors)
        {
            vector = (Vector.Max(vector, least) * factor) + more;
        }

        foreach (ref float value in values[(vectors.Length * Vector<float>.Count)..])
        {
            value = (MathF.Max(value, floor) * factor) + addend;
        }
    }

    /// <summary>The largest number.</summary>
    public static float Largest(ReadOnlySpan<float> values)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(values);
        Vector<float> best = new(float.NegativeInfinity);
        foreach (Vector<float> vector in vectors)
        {
            best = Vector.Max(best, vector);
        }

        float largest = float.NegativeInfinity;
        for (int lane = 0; lane < Vector<float>.Count; lane++)
        {
            largest = MathF.Max(largest, best[lane]);
        }

        foreach (float value in values[(vectors.Length * Vector<float>.Count)..])
        {
            largest = MathF.Max(largest, value);
        }

        return largest;
    }

    /// <summary>Frees each row of its mean.</summary>
    public static void SubtractMeans(AudioFrames frames)
    {
        for (int band = 0; band < frames.Bands; band++)
        {
            double sum = 0;
            foreach (float value in frames.Band(band))
            {
                sum += value;
            }

            Scale(frames.Band(band), float.NegativeInfinity, 1, (float)(-sum / frames.Count));
        }
    }

    private static void AddScaled(ReadOnlySpan<float> from, float factor, Span<float> to)
    {
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(from);
        Span<Vector<float>> sums = MemoryMarshal.Cast<float, Vector<float>>(to);
        for (int i = 0; i < vectors.Length && i < sums.Length; i++)
        {
            sums[i] += vectors[i] * factor;
        }

        for (int i = vectors.Length * Vector<float>.Count; i < from.Length; i++)
        {
            to[i] += from[i] * factor;
        }
    }
}
