using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TransferLearning;

/// <summary>
/// The weights of a <see cref="Resampling"/>: one row for each place of an output sample between input samples, without the zeros on both
/// sides, filled up to whole vectors.
/// </summary>
internal sealed class ResamplingKernel
{
    private const long MostWeights = 1L << 22;

    private readonly int _from;
    private readonly int _to;
    private readonly int _taps;
    private readonly int[] _first; // the input sample, counted from the one at or before the output, where a row begins
    private readonly float[] _weights;

    public ResamplingKernel(Resampling form)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(form.From);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(form.To);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(form.Width);
        ArgumentOutOfRangeException.ThrowIfNotEqual(form.Rolloff is > 0 and <= 1, true, nameof(form.Rolloff));
        int divisor = (int)BigInteger.GreatestCommonDivisor(form.From, form.To);
        (_from, _to) = (form.From / divisor, form.To / divisor);
        double cut = Math.Min(_from, _to) * form.Rolloff; // the filter's rate, in units of the common divisor
        double reach = form.Width * _from / cut; // in input samples
        Before = (int)Math.Ceiling(reach);
        int lanes = Vector<float>.Count;
        _taps = ((int)Math.Ceiling(2 * reach) + lanes) / lanes * lanes;
        long count = (long)_taps * _to;
        if (count > MostWeights)
        {
            throw new ArgumentException(
                $"Resampling from {form.From} to {form.To} Hz needs {count} weights, more than {MostWeights}. Round the rates.",
                    nameof(form));
        }

        (_first, _weights) = (new int[_to], new float[count]);
        for (int phase = 0; phase < _to; phase++)
        {
            // The output sample lies at place phase * from / to of the input.
            double place = (double)((long)phase * _from) / _to;
            int first = (int)Math.Ceiling(place - reach);
            _first[phase] = first;
            for (int tap = 0; tap < _taps; tap++)
            {
                _weights[(phase * _taps) + tap] =
                    (float)Weight(form, ((-(double)phase / _to) + ((double)(first + tap) / _from)) * cut, cut / _from);
            }
        }
    }

    /// <summary>How many samples before an output sample are needed at most; these count as silence at the beginning.</summary>
    public int Before { get; }

    /// <summary>How many samples behind an output sample are needed at most.</summary>
    public int After => _taps + 1;

    public long LengthOf(long samples) => (long)(((Int128)samples * _to + _from - 1) / _from);

    /// <summary>The number of the first input sample that an output sample needs.</summary>
    public long FirstOf(long output) => (output / _to * _from) + _first[output % _to];

    /// <summary>The number of the input sample behind the last that an output sample needs.</summary>
    public long EndOf(long output) => FirstOf(output) + _taps;

    /// <summary>Computes output samples.</summary>
    /// <param name="input">Input samples.</param>
    /// <param name="inputStart">The number of the first of them.</param>
    /// <param name="output">Takes the samples; all that they need is in the input.</param>
    /// <param name="outputStart">The number of the first of them.</param>
    public void Run(ReadOnlySpan<float> input, long inputStart, Span<float> output, long outputStart)
    {
        int phase = (int)(outputStart % _to);
        int origin = (int)((outputStart / _to * _from) - inputStart);
        for (int i = 0; i < output.Length; i++)
        {
            output[i] = Dot(input.Slice(origin + _first[phase], _taps), _weights.AsSpan(phase * _taps, _taps));
            if (++phase == _to)
            {
                (phase, origin) = (0, origin + _from);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Dot(ReadOnlySpan<float> samples, ReadOnlySpan<float> weights)
    {
        ReadOnlySpan<Vector<float>> left = MemoryMarshal.Cast<float, Vector<float>>(samples);
        ReadOnlySpan<Vector<float>> right = MemoryMarshal.Cast<float, Vector<float>>(weights);
        Vector<float> sum = Vector<float>.Zero;
        for (int i = 0; i < left.Length && i < right.Length; i++)
        {
            sum += left[i] * right[i];
        }

        return Vector.Sum(sum);
    }

    private static double Weight(Resampling form, double place, double scale)
    {
        if (Math.Abs(place) >= form.Width)
        {
            return 0;
        }

        double relative = place / form.Width;
        double window = form.Window == ResamplingWindow.Hann
            ? Math.Pow(Math.Cos(relative * Math.PI / 2), 2)
            : Bessel(form.Beta * Math.Sqrt(1 - (relative * relative))) / Bessel(form.Beta);
        double angle = place * Math.PI;
        return (angle == 0 ? 1 : Math.Sin(angle) / angle) * window * scale;
    }

    /// <summary>The modified Bessel function of the first kind and order 0, by its series.</summary>
    private static double Bessel(double x)
    {
        double sum = 1, term = 1;
        for (int k = 1; term > sum * 1e-17; k++)
        {
            term *= x / (2 * k) * (x / (2 * k));
            sum += term;
        }

        return sum;
    }
}
