using System.Collections.Concurrent;
using System.Numerics;

namespace TransferLearning;

/// <summary>
/// The discrete Fourier transform of real frames of one length, of as many frames at once as a vector has lanes: each lane is a frame, so
/// that no step moves numbers between lanes and any length goes. Stockham's self-sorting form with radices 4, 5, 3, 2 and, for other
/// prime factors, the sum as it is defined.
/// </summary>
internal sealed unsafe class FourierPlan
{
    private static readonly ConcurrentDictionary<int, FourierPlan> Plans = new();

    private readonly int _points; // complex: half the length where it is even
    private readonly Stage[] _stages;
    private readonly float[] _split; // cosine and sine of 2 pi k / length
    private readonly int _largestRadix;

    private FourierPlan(int length)
    {
        Length = length;
        _points = length % 2 == 0 ? length / 2 : length;
        List<Stage> stages = [];
        int left = _points;
        while (left > 1)
        {
            int radix = left % 4 == 0 ? 4 : Radix(left);
            stages.Add(new Stage(radix, left));
            left /= radix;
        }

        _stages = [.. stages];
        _largestRadix = stages.Select(stage => stage.Radix).DefaultIfEmpty(1).Max();
        _split = Roots(length, length / 2 + 1);
    }

    /// <summary>The number of samples of a frame.</summary>
    public int Length { get; }

    /// <summary>The number of frequencies, from 0 to the half rate.</summary>
    public int Bins => (Length / 2) + 1;

    /// <summary>How many vectors of working memory a transform needs: twice for the frames, and for one sum.</summary>
    public int WorkLength => (4 * _points) + (4 * _largestRadix);

    /// <summary>The plan of a length.</summary>
    public static FourierPlan Of(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        return Plans.GetOrAdd(length, static key => new FourierPlan(key));
    }

    /// <summary>Where the frames go before a transform: <see cref="Length"/> vectors, sample by sample.</summary>
    public Span<Vector<float>> Frames(Span<Vector<float>> work) => work[..Length];

    /// <summary>Transforms the frames at the beginning of the working memory.</summary>
    /// <param name="work">Working memory; its content is lost.</param>
    /// <param name="real">Takes the real parts, <see cref="Bins"/> vectors.</param>
    /// <param name="imaginary">Takes the imaginary parts.</param>
    public void Transform(Span<Vector<float>> work, Span<Vector<float>> real, Span<Vector<float>> imaginary)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(work.Length, WorkLength);
        ArgumentOutOfRangeException.ThrowIfLessThan(real.Length, Bins);
        ArgumentOutOfRangeException.ThrowIfLessThan(imaginary.Length, Bins);
        bool isEven = Length % 2 == 0;
        if (!isEven)
        {
            // No halves: the samples become the real parts.
            for (int i = Length - 1; i >= 0; i--)
            {
                (work[2 * i], work[(2 * i) + 1]) = (work[i], Vector<float>.Zero);
            }
        }

        fixed (Vector<float>* start = work, re = real, im = imaginary)
        {
            Vector<float>* x = start;
            Vector<float>* y = start + (2 * _points);
            int stride = 1;
            foreach (Stage stage in _stages)
            {
                stage.Run(x, y, start + (4 * _points), stride);
                stride *= stage.Radix;
                Vector<float>* other = x;
                x = y;
                y = other;
            }

            if (isEven)
            {
                Split(x, re, im);
            }
            else
            {
                for (int k = 0; k < Bins; k++)
                {
                    (re[k], im[k]) = (x[2 * k], x[(2 * k) + 1]);
                }
            }
        }
    }

    /// <summary>Even samples were the real parts and odd ones the imaginary parts: their spectra are taken apart and put
    /// together.</summary>
    private void Split(Vector<float>* z, Vector<float>* re, Vector<float>* im)
    {
        Vector<float> half = new(0.5f);
        for (int k = 0; k <= _points; k++)
        {
            int left = k == _points ? 0 : k;
            int right = k == 0 ? 0 : _points - k;
            Vector<float> a = z[2 * left], b = z[(2 * left) + 1], c = z[2 * right], d = z[(2 * right) + 1];
            Vector<float> evenRe = (a + c) * half, evenIm = (b - d) * half;
            Vector<float> oddRe = (b + d) * half, oddIm = (c - a) * half;
            Vector<float> cosine = new(_split[2 * k]), sine = new(_split[(2 * k) + 1]);
            re[k] = evenRe + (oddRe * cosine) + (oddIm * sine);
            im[k] = evenIm + (oddIm * cosine) - (oddRe * sine);
        }
    }

    private static int Radix(int left)
    {
        int radix = left % 5 == 0 ? 5 : left % 3 == 0 ? 3 : left % 2 == 0 ? 2 : 7;
        while (left % radix != 0)
        {
            radix += 2;
        }

        return radix;
    }

    /// <summary>Cosine and sine of 2 pi k / n, for k from 0.</summary>
    private static float[] Roots(int n, int count)
    {
        float[] roots = new float[2 * count];
        for (int k = 0; k < count; k++)
        {
            (double sine, double cosine) = Math.SinCos(2 * Math.PI * k / n);
            (roots[2 * k], roots[(2 * k) + 1]) = ((float)cosine, (float)sine);
        }

        return roots;
    }

    /// <summary>One factor of the length.</summary>
    private sealed class Stage(int radix, int length)
    {
        private readonly float[] _roots = Roots(length, length);
        private readonly float[] _own = Roots(radix, radix);

        public int Radix => radix;

        public void Run(Vector<float>* x, Vector<float>* y, Vector<float>* sum, int stride)
        {
            int groups = length / radix;
            for (int p = 0; p < groups; p++)
            {
                Vector<float>* from = x + (2 * stride * p);
                Vector<float>* to = y + (2 * stride * radix * p);
                switch (radix)
                {
                    case 4:
                        Four(from, to, 2 * stride * groups, stride, p);
                        break;
                    case 5:
                        Five(from, to, 2 * stride * groups, stride, p);
                        break;
                    case 2:
                        Two(from, to, 2 * stride * groups, stride, p);
                        break;
                    default:
                        Any(from, to, sum, 2 * stride * groups, stride, p);
                        break;
                }
            }
        }

        private void Two(Vector<float>* from, Vector<float>* to, int step, int stride, int p)
        {
            Vector<float> c = new(_roots[2 * p]), s = new(_roots[(2 * p) + 1]);
            for (int q = 0; q < 2 * stride; q += 2)
            {
                Vector<float> aRe = from[q], aIm = from[q + 1], bRe = from[q + step], bIm = from[q + step + 1];
                Store(to + q, aRe + bRe, aIm + bIm);
                Store(to + q + (2 * stride), aRe - bRe, aIm - bIm, c, s);
            }
        }

        private void Four(Vector<float>* from, Vector<float>* to, int step, int stride, int p)
        {
            Vector<float> c1 = new(_roots[2 * p]), s1 = new(_roots[(2 * p) + 1]);
            Vector<float> c2 = new(_roots[4 * p]), s2 = new(_roots[(4 * p) + 1]);
            Vector<float> c3 = new(_roots[6 * p]), s3 = new(_roots[(6 * p) + 1]);
            for (int q = 0; q < 2 * stride; q += 2)
            {
                Vector<float>* a = from + q;
                Vector<float> sumRe = a[0] + a[2 * step], sumIm = a[1] + a[(2 * step) + 1];
                Vector<float> gapRe = a[0] - a[2 * step], gapIm = a[1] - a[(2 * step) + 1];
                Vector<float> oddSumRe = a[step] + a[3 * step], oddSumIm = a[step + 1] + a[(3 * step) + 1];
                Vector<float> oddGapRe = a[step] - a[3 * step], oddGapIm = a[step + 1] - a[(3 * step) + 1];
                Vector<float>* b = to + q;
                Store(b, sumRe + oddSumRe, sumIm + oddSumIm);
                Store(b + (2 * stride), gapRe + oddGapIm, gapIm - oddGapRe, c1, s1);
                Store(b + (4 * stride), sumRe - oddSumRe, sumIm - oddSumIm, c2, s2);
                Store(b + (6 * stride), gapRe - oddGapIm, gapIm + oddGapRe, c3, s3);
            }
        }

        private void Five(Vector<float>* from, Vector<float>* to, int step, int stride, int p)
        {
            Vector<float> cos1 = new(_own[2]), sin1 = new(_own[3]), cos2 = new(_own[4]), sin2 = new(_own[5]);
            Vector<float> c1 = new(_roots[2 * p]), s1 = new(_roots[(2 * p) + 1]);
            Vector<float> c2 = new(_roots[4 * p]), s2 = new(_roots[(4 * p) + 1]);
            Vector<float> c3 = new(_roots[6 * p]), s3 = new(_roots[(6 * p) + 1]);
            Vector<float> c4 = new(_roots[8 * p]), s4 = new(_roots[(8 * p) + 1]);
            for (int q = 0; q < 2 * stride; q += 2)
            {
                Vector<float>* a = from + q;
                Vector<float> outerRe = a[step] + a[4 * step], outerIm = a[step + 1] + a[(4 * step) + 1];
                Vector<float> outerGapRe = a[step] - a[4 * step], outerGapIm = a[step + 1] - a[(4 * step) + 1];
                Vector<float> innerRe = a[2 * step] + a[3 * step], innerIm = a[(2 * step) + 1] + a[(3 * step) + 1];
                Vector<float> innerGapRe = a[2 * step] - a[3 * step], innerGapIm = a[(2 * step) + 1] - a[(3 * step) + 1];
                Vector<float> m1Re = a[0] + (outerRe * cos1) + (innerRe * cos2), m1Im = a[1] + (outerIm * cos1) + (innerIm * cos2);
                Vector<float> m2Re = a[0] + (outerRe * cos2) + (innerRe * cos1), m2Im = a[1] + (outerIm * cos2) + (innerIm * cos1);
                Vector<float> n1Re = (outerGapRe * sin1) + (innerGapRe * sin2), n1Im = (outerGapIm * sin1) + (innerGapIm * sin2);
                Vector<float> n2Re = (outerGapRe * sin2) - (innerGapRe * sin1), n2Im = (outerGapIm * sin2) - (innerGapIm * sin1);
                Vector<float>* b = to + q;
                Store(b, a[0] + outerRe + innerRe, a[1] + outerIm + innerIm);
                Store(b + (2 * stride), m1Re + n1Im, m1Im - n1Re, c1, s1);
                Store(b + (4 * stride), m2Re + n2Im, m2Im - n2Re, c2, s2);
                Store(b + (6 * stride), m2Re - n2Im, m2Im + n2Re, c3, s3);
                Store(b + (8 * stride), m1Re - n1Im, m1Im + n1Re, c4, s4);
            }
        }

        private void Any(Vector<float>* from, Vector<float>* to, Vector<float>* sum, int step, int stride, int p)
        {
            for (int q = 0; q < 2 * stride; q += 2)
            {
                for (int j = 0; j < radix; j++)
                {
                    Vector<float> re = Vector<float>.Zero, im = Vector<float>.Zero;
                    for (int k = 0, turn = 0; k < radix; k++)
                    {
                        Vector<float> c = new(_own[2 * turn]), s = new(_own[(2 * turn) + 1]);
                        Vector<float> a = from[q + (k * step)], b = from[q + (k * step) + 1];
                        re += (a * c) + (b * s);
                        im += (b * c) - (a * s);
                        turn += j;
                        turn -= turn >= radix ? radix : 0;
                    }

                    Store(sum + (2 * j), re, im, new(_roots[2 * p * j]), new(_roots[(2 * p * j) + 1]));
                }

                for (int j = 0; j < radix; j++)
                {
                    Store(to + q + (2 * stride * j), sum[2 * j], sum[(2 * j) + 1]);
                }
            }
        }

        private static void Store(Vector<float>* to, Vector<float> re, Vector<float> im) => (to[0], to[1]) = (re, im);

        /// <summary>Stores a number turned back by an angle.</summary>
        private static void Store(Vector<float>* to, Vector<float> re, Vector<float> im, Vector<float> cosine, Vector<float> sine)
        {
            to[0] = (re * cosine) + (im * sine);
            to[1] = (im * cosine) - (re * sine);
        }
    }
}
