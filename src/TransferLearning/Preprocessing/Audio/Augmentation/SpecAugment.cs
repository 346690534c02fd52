using static System.FormattableString;

namespace TransferLearning;

/// <summary>
/// Hides bands and moments of frames, and stretches time around one of them (Park et al., 2019). The defaults are the paper's "LibriSpeech
/// double" policy, without its time warp.
/// </summary>
public sealed record SpecAugment : FrameAugmentation
{
    /// <summary>How many times neighbouring bands are hidden. Default: 2.</summary>
    public int FrequencyMasks { get; init; } = 2;

    /// <summary>The most bands that are hidden at once; the number is uniformly random from 0. Default: 27.</summary>
    public int FrequencyWidth { get; init; } = 27;

    /// <summary>How many times neighbouring frames are hidden. Default: 2.</summary>
    public int TimeMasks { get; init; } = 2;

    /// <summary>The most frames that are hidden at once; the number is uniformly random from 0. Default: 100.</summary>
    public int TimeWidth { get; init; } = 100;

    /// <summary>The largest share of all frames that is hidden at once. Default: 1.</summary>
    public double TimeShare { get; init; } = 1;

    /// <summary>
    /// The most frames by which a random moment is moved; those before are stretched and those behind squeezed, or the other way round.
    /// Default: 0, time is kept.
    /// </summary>
    public int TimeWarp { get; init; }

    /// <summary>What hidden numbers become; null means the mean of all. Default: null.</summary>
    public double? MaskValue { get; init; }

    /// <inheritdoc/>
    public override string Fingerprint => Invariant(
        $"SpecAugment {FrequencyMasks}x{FrequencyWidth} {TimeMasks}x{TimeWidth} {TimeShare:R} warp {TimeWarp} value {MaskValue}");

    /// <inheritdoc/>
    public override AudioFrames Apply(AudioFrames frames, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(frames);
        ArgumentOutOfRangeException.ThrowIfNegative(FrequencyWidth);
        ArgumentOutOfRangeException.ThrowIfNegative(TimeWidth);
        ArgumentOutOfRangeException.ThrowIfNegative(TimeWarp);
        if (TimeWarp > 0 && frames.Count > (2 * TimeWarp) + 1)
        {
            int from = TimeWarp + random.NextInt32(frames.Count - (2 * TimeWarp));
            int to = from + random.NextInt32((2 * TimeWarp) + 1) - TimeWarp;
            frames = Warped(frames, from, Math.Clamp(to, 1, frames.Count - 2));
        }

        float value = (float)(MaskValue ?? Mean(frames.Values));
        for (int i = 0; i < FrequencyMasks; i++)
        {
            (int start, int width) = Mask(frames.Bands, FrequencyWidth, ref random);
            frames.Values.Slice(start * frames.Count, width * frames.Count).Fill(value);
        }

        for (int i = 0; i < TimeMasks; i++)
        {
            (int start, int width) = Mask(frames.Count, Math.Min(TimeWidth, (int)(TimeShare * frames.Count)), ref random);
            for (int band = 0; band < frames.Bands; band++)
            {
                frames.Band(band).Slice(start, width).Fill(value);
            }
        }

        return frames;
    }

    private static (int Start, int Width) Mask(int length, int most, ref SeededRandom random)
    {
        int width = random.NextInt32(Math.Min(length, most) + 1);
        return (random.NextInt32(length - width + 1), width);
    }

    private static double Mean(ReadOnlySpan<float> values)
    {
        double sum = 0;
        foreach (float value in values)
        {
            sum += value;
        }

        return sum / Math.Max(1, values.Length);
    }

    /// <summary>Frames whose one moment is moved to another; the others lie between, as on a straight line.</summary>
    private static AudioFrames Warped(AudioFrames frames, int from, int to)
    {
        int last = frames.Count - 1;
        AudioFrames warped = new(new float[frames.Values.Length], frames.Bands, frames.Count);
        for (int frame = 0; frame <= last; frame++)
        {
            double place = frame <= to
                ? (double)frame * from / to
                : from + ((double)(frame - to) * (last - from) / (last - to));
            int before = Math.Min((int)place, last - 1);
            float share = (float)(place - before);
            for (int band = 0; band < frames.Bands; band++)
            {
                ReadOnlySpan<float> row = frames.Band(band);
                warped.Band(band)[frame] = row[before] + ((row[before + 1] - row[before]) * share);
            }
        }

        return warped;
    }
}
