
namespace TransferLearning;

/// <summary>
/// Turns samples into frames: a spectrogram, mel bands, cepstral coefficients. Immutable, without draws; one object serves several threads.
/// </summary>
public abstract record AudioFrontEnd
{
    /// <summary>The rate of the samples that it takes, in Hz; whoever calls it resamples first. Default: 16,000.</summary>
    public int SampleRate { get; init; } = 16_000;

    /// <summary>The number of rows of the result.</summary>
    public abstract int Bands { get; }

    /// <summary>Everything that changes the result, in words.</summary>
    public abstract string Fingerprint { get; }

    /// <summary>The number of frames that so many samples give; 0 if they are too few for one.</summary>
    public abstract int FramesOf(int samples);

    /// <summary>Makes the frames of a sound.</summary>
    /// <param name="samples">Samples from -1 to 1, at <see cref="SampleRate"/>.</param>
    /// <returns>[<see cref="Bands"/>, <see cref="FramesOf"/>].</returns>
    /// <exception cref="ArgumentException">The samples are too few for a frame.</exception>
    public abstract AudioFrames Compute(ReadOnlySpan<float> samples);

    /// <summary>This front end and steps behind it, such as <see cref="DecibelScale"/> or <see cref="FrameDeltas"/>.</summary>
    public AudioFrontEnd Then(params FrameTransform[] steps) => new FrontEndWithSteps(this, steps);

    /// <summary>Mel frequency cepstral coefficients as of torchaudio's <c>MFCC</c> (Davis and Mermelstein, 1980).</summary>
    /// <param name="coefficients">How many. Default: 40.</param>
    /// <param name="mel">The mel bands; null means torchaudio's defaults.</param>
    /// <param name="useLogarithm">Whether the natural logarithm is taken, of what is raised by 1e-6, instead of decibels.</param>
    /// <param name="isOrthonormal">Whether the cosine transform is orthonormal.</param>
    public static AudioFrontEnd Mfcc(
        int coefficients = 40, MelSpectrogram? mel = null, bool useLogarithm = false, bool isOrthonormal = true)
        => Cepstrum(mel ?? new MelSpectrogram(), [], coefficients, useLogarithm, isOrthonormal);

    /// <summary>Linear frequency cepstral coefficients as of torchaudio's <c>LFCC</c>.</summary>
    /// <param name="coefficients">How many. Default: 40.</param>
    /// <param name="filters">The linear bands; null means 128.</param>
    /// <param name="spectrogram">The spectrogram; null means torchaudio's defaults.</param>
    /// <param name="useLogarithm">Whether the natural logarithm is taken, of what is raised by 1e-6, instead of decibels.</param>
    /// <param name="isOrthonormal">Whether the cosine transform is orthonormal.</param>
    public static AudioFrontEnd Lfcc(
        int coefficients = 40,
        FrequencyBands? filters = null,
        Spectrogram? spectrogram = null,
        bool useLogarithm = false,
        bool isOrthonormal = true)
    {
        spectrogram ??= new Spectrogram();
        FrequencyBands bands = filters ?? new FrequencyBands { SampleRate = spectrogram.SampleRate, Scale = FrequencyScale.Linear };
        return Cepstrum(spectrogram, [bands], coefficients, useLogarithm, isOrthonormal);
    }

    /// <summary>
    /// The input of the audio spectrogram transformer (Gong, Chung and Glass, 2021), in Hugging Face's form: Kaldi's filter bank of samples
    /// from -1 to 1, cut or filled with 0 to one length, then normalized by twice the deviation.
    /// </summary>
    /// <param name="frames">The number of frames. Default: 1,024, which is 10 seconds.</param>
    /// <param name="bands">The number of mel bands. Default: 128.</param>
    /// <param name="mean">The mean over the data that the network was trained on; the default is that of AudioSet.</param>
    /// <param name="deviation">The deviation likewise.</param>
    public static AudioFrontEnd SpectrogramTransformer(
        int frames = 1024, int bands = 128, double mean = -4.2677393, double deviation = 4.5689974)
    {
        KaldiFilterBank filters = new() { MelBands = bands, SampleScale = 1, Window = WindowFunction.Hann, HasEnergyLast = true };
        return filters.Then(new FrameLength(frames), new FrameNormalization(mean, 2 * deviation));
    }

    private static AudioFrontEnd Cepstrum(
        AudioFrontEnd source, FrameTransform[] bands, int coefficients, bool useLogarithm, bool isOrthonormal)
        => source.Then(
            [
                .. bands,
                useLogarithm ? new LogarithmScale() : new DecibelScale { TopDecibels = 80 },
                new CosineTransform(coefficients) { IsOrthonormal = isOrthonormal },
            ]);

    private sealed record FrontEndWithSteps : AudioFrontEnd
    {
        private readonly AudioFrontEnd _source;
        private readonly FrameTransform[] _steps;

        public FrontEndWithSteps(AudioFrontEnd source, FrameTransform[] steps)
        {
            (_source, _steps) = (source, [.. steps]);
            SampleRate = source.SampleRate;
            Bands = _steps.Aggregate(source.Bands, (bands, step) => step.BandsOf(bands));
        }

        public override int Bands { get; }

        public override string Fingerprint => string.Join("; ", [_source.Fingerprint, .. _steps.Select(step => step.Fingerprint)]);

        public override int FramesOf(int samples)
            => _steps.Aggregate(_source.FramesOf(samples), (frames, step) => step.FramesOf(frames));

        public override AudioFrames Compute(ReadOnlySpan<float> samples)
        {
            AudioFrames frames = _source.Compute(samples);
            foreach (FrameTransform step in _steps)
            {
                frames = step.Apply(frames);
            }

            return frames;
        }
    }
}
