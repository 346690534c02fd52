using System.Collections.Concurrent;

namespace TransferLearning;

/// <summary>
/// Changes the rate of sound by a windowed sinc function, as torchaudio's <c>Resample</c> does with the same arguments (Smith, "Digital
/// Audio Resampling", 2002): for each of the possible places of an output sample between input samples one row of weights.
/// </summary>
/// <param name="From">The rate of the samples, in Hz.</param>
/// <param name="To">The rate wanted, in Hz.</param>
public sealed record Resampling(int From, int To)
{
    private const int MostKernels = 64;
    private static readonly ConcurrentDictionary<Resampling, ResamplingKernel> Kernels = new();

    /// <summary>Zero crossings of the sinc function on each side; more are sharper and slower. Default: 6.</summary>
    public int Width { get; init; } = 6;

    /// <summary>Where the filter begins to close, as a share of the lower of both half rates. Default: 0.99.</summary>
    public double Rolloff { get; init; } = 0.99;

    /// <summary>What tapers the sinc function. Default: Hann's window.</summary>
    public ResamplingWindow Window { get; init; } = ResamplingWindow.Hann;

    /// <summary>The shape of Kaiser's window. Default: 14.769656459379492.</summary>
    public double Beta { get; init; } = 14.769656459379492;

    internal ResamplingKernel Kernel
    {
        get
        {
            if (Kernels.TryGetValue(this, out ResamplingKernel? kernel))
            {
                return kernel;
            }

            if (Kernels.Count >= MostKernels)
            {
                Kernels.Clear(); // random rates of an augmentation; building one anew costs little
            }

            return Kernels.GetOrAdd(this, static key => new ResamplingKernel(key));
        }
    }

    /// <summary>How many samples come out of so many.</summary>
    public long LengthOf(long samples) => From == To ? samples : Kernel.LengthOf(samples);

    /// <summary>Resamples a whole sound.</summary>
    /// <param name="samples">The samples; what lies before and behind them counts as silence.</param>
    /// <returns>As many samples as <see cref="LengthOf"/> says.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A rate or the width is not positive, or the rolloff is not between 0 and
    /// 1.</exception>
    public float[] Apply(ReadOnlySpan<float> samples)
    {
        if (From == To)
        {
            return samples.ToArray();
        }

        StreamingResampler stream = Start();
        ReadOnlyMemory<float> first = stream.Write(samples);
        ReadOnlyMemory<float> last = stream.Finish();
        float[] all = new float[first.Length + last.Length];
        first.CopyTo(all);
        last.CopyTo(all.AsMemory(first.Length));
        return all;
    }

    /// <summary>Resamples a whole sound from its own rate.</summary>
    /// <param name="waveform">The sound.</param>
    /// <param name="sampleRate">The rate wanted, in Hz.</param>
    /// <returns>The sound at that rate; the same object if it has it already.</returns>
    public static Waveform Apply(Waveform waveform, int sampleRate)
    {
        ArgumentNullException.ThrowIfNull(waveform);
        return waveform.SampleRate == sampleRate
            ? waveform
            : new Waveform(new Resampling(waveform.SampleRate, sampleRate).Apply(waveform.Samples.Span), sampleRate);
    }

    /// <summary>Begins to resample a sound that comes in parts; together they give the samples that the whole gives, bit for bit.</summary>
    public StreamingResampler Start() => new(Kernel);
}
