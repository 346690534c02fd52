using System.Collections.Concurrent;
using System.Numerics;

namespace TransferLearning;

/// <summary>
/// Triangles over the frequencies of a spectrum, kept without their zeros: torchaudio's <c>melscale_fbanks</c> and <c>linear_fbanks</c>.
/// </summary>
internal sealed class BandMatrix
{
    private static readonly ConcurrentDictionary<Key, BandMatrix> Known = new();

    private readonly int[] _first;
    private readonly float[][] _weights;

    /// <summary>Makes a matrix of its columns: where a band begins, and its weights from there.</summary>
    public BandMatrix(IEnumerable<(int First, float[] Weights)> bands)
    {
        (int First, float[] Weights)[] all = [.. bands];
        _first = [.. all.Select(band => band.First)];
        _weights = [.. all.Select(band => band.Weights)];
    }

    public int Bands => _first.Length;

    /// <summary>The matrix of some bands.</summary>
    /// <param name="bins">The number of frequencies, from 0 to half the rate.</param>
    /// <param name="form">The bands.</param>
    public static BandMatrix Of(int bins, FrequencyBands form)
    {
        Key key = new(bins, form.Count, form.SampleRate, form.LowestFrequency, form.Highest, form.Scale, form.HasUnitArea);
        return Known.GetOrAdd(key, Make);
    }

    /// <summary>A weight, 0 where there is none.</summary>
    public float At(int bin, int band)
    {
        int place = bin - _first[band];
        return (uint)place < (uint)_weights[band].Length ? _weights[band][place] : 0;
    }

    /// <summary>Puts the frequencies of a spectrum together to one band.</summary>
    public Vector<float> Sum(ReadOnlySpan<Vector<float>> spectrum, int band)
    {
        float[] weights = _weights[band];
        ReadOnlySpan<Vector<float>> own = spectrum.Slice(_first[band], weights.Length);
        Vector<float> sum = Vector<float>.Zero;
        for (int i = 0; i < own.Length && i < weights.Length; i++)
        {
            sum += own[i] * weights[i];
        }

        return sum;
    }

    private static BandMatrix Make(Key key)
    {
        double low = ToScale(key.Low, key.Scale), high = ToScale(key.High, key.Scale);
        double[] edges = [.. Enumerable.Range(0, key.Count + 2)
            .Select(i => FromScale(low + ((high - low) * i / (key.Count + 1)), key.Scale))];
        double step = key.Bins > 1 ? (double)(key.SampleRate / 2) / (key.Bins - 1) : 0;
        return new BandMatrix(Enumerable.Range(0, key.Count).Select(band =>
        {
            (double from, double middle, double to) = (edges[band], edges[band + 1], edges[band + 2]);
            double area = key.HasUnitArea ? 2 / (to - from) : 1;
            double[] weights =
            [
                .. Enumerable.Range(0, key.Bins).Select(bin =>
                    Math.Max(0, Math.Min(((bin * step) - from) / (middle - from), (to - (bin * step)) / (to - middle))) * area),
            ];
            int first = Math.Max(0, Array.FindIndex(weights, weight => weight > 0));
            int last = Array.FindLastIndex(weights, weight => weight > 0);
            return (first, weights[first..Math.Max(first, last + 1)].Select(weight => (float)weight).ToArray());
        }));
    }

    private static double ToScale(double frequency, FrequencyScale scale) => scale switch
    {
        FrequencyScale.Htk => 2595 * Math.Log10(1 + (frequency / 700)),
        FrequencyScale.Slaney => frequency >= 1000 ? 15 + (27 * Math.Log(frequency / 1000) / Math.Log(6.4)) : frequency * 3 / 200,
        FrequencyScale.Linear => frequency,
        _ => throw new ArgumentOutOfRangeException(nameof(scale), scale, "There is no such scale."),
    };

    private static double FromScale(double place, FrequencyScale scale) => scale switch
    {
        FrequencyScale.Htk => 700 * (Math.Pow(10, place / 2595) - 1),
        FrequencyScale.Slaney => place >= 15 ? 1000 * Math.Exp((place - 15) * Math.Log(6.4) / 27) : place * 200 / 3,
        _ => place,
    };

    private sealed record Key(int Bins, int Count, int SampleRate, double Low, double High, FrequencyScale Scale, bool HasUnitArea);
}
