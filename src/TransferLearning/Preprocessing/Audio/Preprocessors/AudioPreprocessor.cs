namespace TransferLearning;

/// <summary>Turns sounds into what a network takes. Safe for several threads at once.</summary>
public sealed class AudioPreprocessor : PaddedPreprocessor
{
    private const double SmallestVariance = 1e-7; // as Hugging Face's feature extractor has it

    /// <summary>Makes a preprocessor.</summary>
    /// <param name="preprocess">How the network wants its sounds; null means the defaults.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is out of its range.</exception>
    public AudioPreprocessor(AudioPreprocess? preprocess = null)
    {
        Preprocess = preprocess ?? new AudioPreprocess();
        Preprocess.Validate();
    }

    /// <summary>How the network wants its sounds.</summary>
    public AudioPreprocess Preprocess { get; private set; }

    /// <summary>How samples are altered at random, in this order. Default: not at all.</summary>
    public IReadOnlyList<WaveformAugmentation> Augmentations { get; private set; } = [];

    /// <summary>How frames are altered at random, in this order. Default: not at all.</summary>
    public IReadOnlyList<FrameAugmentation> FrameAugmentations { get; private set; } = [];

    /// <summary>The fewest samples that give the network something to read; shorter sounds are padded with silence. Default: 1.</summary>
    public int MinimumLength { get; init; } = 1;

    /// <inheritdoc/>
    public override bool IsDeterministic => Augmentations.Count + FrameAugmentations.Count == 0;

    /// <inheritdoc/>
    public override Preprocessor EvaluationForm => IsDeterministic ? this : Augmented([]);

    /// <inheritdoc/>
    public override string Fingerprint
        => string.Create(
            CultureInfo.InvariantCulture,
            $"AudioPreprocessor({Preprocess.SampleRate};{Preprocess.Normalizes};{Preprocess.MaximumSeconds:R};{Preprocess.RefusesLonger};"
                + $"{Preprocess.FrontEnd?.Fingerprint};{MinimumLength}")
            + string.Concat(Augmentations.Select(step => $"; {step.Fingerprint}"))
            + string.Concat(FrameAugmentations.Select(step => $"; {step.Fingerprint}"))
            + ")";

    /// <summary>The most tokens that are written of a sound.</summary>
    internal int MaximumTargetLength { get; init; } = int.MaxValue;

    /// <summary>How many outputs the network gives for so many samples; null where it has not said it.</summary>
    internal Func<int, int>? OutputsOf { get; init; }

    /// <inheritdoc/>
    internal override (int Most, bool Refuses) TargetLimit => (MaximumTargetLength, true);

    /// <summary>The same for training: sounds are altered at random, and validation sees them as they are.</summary>
    /// <param name="samples">Alters the samples, at the network's rate.</param>
    /// <param name="frames">Alters the frames; null for nothing.</param>
    /// <exception cref="ArgumentException">Frames are to be altered, and the network reads samples.</exception>
    public AudioPreprocessor Augmented(IReadOnlyList<WaveformAugmentation> samples, IReadOnlyList<FrameAugmentation>? frames = null)
    {
        ArgumentNullException.ThrowIfNull(samples);
        if (frames?.Count > 0 && Preprocess.FrontEnd is null)
        {
            throw new ArgumentException("The network reads samples, so there are no frames to alter: leave them out.", nameof(frames));
        }

        AudioPreprocessor altered = (AudioPreprocessor)Copy();
        (altered.Augmentations, altered.FrameAugmentations) = ([.. samples], [.. frames ?? []]);
        return altered;
    }

    /// <summary>The same with other settings.</summary>
    internal AudioPreprocessor With(AudioPreprocess preprocess)
    {
        preprocess.Validate();
        AudioPreprocessor other = (AudioPreprocessor)Copy();
        other.Preprocess = preprocess;
        return other;
    }

    /// <inheritdoc/>
    public override Example Apply(Sample sample, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(sample);
        switch (sample.Input)
        {
            case RawAudio raw:
                return Apply(Resampling.Apply(raw.Waveform, Preprocess.SampleRate), raw.Waveform.Duration, sample.Target, ref random);
            case EncodedAudio encoded:
                using (AudioReader reader = AudioFile.Open(encoded.Bytes, sample.Name))
                {
                    Waveform sound = reader.ReadWaveform(MostFrames(reader.SampleRate), Preprocess.SampleRate);
                    return Apply(sound, reader.Duration ?? sound.Duration, sample.Target, ref random);
                }

            default:
                throw new ArgumentException(
                    $"Sample '{sample.Name}' holds {sample.Input.GetType().Name}; expected {nameof(EncodedAudio)} or {nameof(RawAudio)}.");
        }
    }

    /// <summary>A part of a sound, at the network's rate, of any length.</summary>
    internal AudioExample Hear(ReadOnlyMemory<float> samples)
    {
        SeededRandom none = new(0);
        return Make(samples.Span, NoTarget.Instance, ref none);
    }

    /// <inheritdoc/>
    internal override Example ApplySource(Sample sample, ref SeededRandom random)
    {
        AudioExample sound = (AudioExample)Apply(sample, ref random);
        return sound.SecondsLeftOut == 0
            ? sound
            : throw new InvalidDataException(
                $"The sound is {sound.SecondsLeftOut:F1} s longer than the longest allowed ({nameof(AudioPreprocess.MaximumSeconds)}), and "
                    + "its transcript is that of all of it: cut it into parts, or allow longer ones.");
    }

    /// <inheritdoc/>
    public override ModelInput Collate(IReadOnlyList<Example> examples, int? length = null)
    {
        ArgumentNullException.ThrowIfNull(examples);
        AudioExample[] sounds = [.. examples.Cast<AudioExample>()];
        int width = length ?? sounds.Max(sound => sound.Length);
        int bands = Preprocess.FrontEnd?.Bands ?? 1;
        float[] values = new float[checked(sounds.Length * bands * width)];
        for (int i = 0; i < sounds.Length; i++)
        {
            int own = sounds[i].Length;
            if (own > width)
            {
                throw new ArgumentException($"Sound {i} has the length {own}; rows of {width} were asked for.", nameof(length));
            }

            for (int band = 0; band < bands; band++)
            {
                sounds[i].Values.AsSpan(band * own, own).CopyTo(values.AsSpan(((i * bands) + band) * width));
            }
        }

        LibTorch.Load();
        long[] shape = Preprocess.FrontEnd is null ? [sounds.Length, width] : [sounds.Length, bands, width];
        return new AudioInput(
            tensor(values, shape),
            sounds.All(sound => sound.Length == width) ? null : tensor([.. sounds.Select(sound => (long)sound.Length)]));
    }

    internal override Preprocessor Fresh() => Copy();

    // Enough to see whether a sound is too long, and no more: a file may hold hours.
    private long MostFrames(int sampleRate)
        => Preprocess.MaximumSeconds is { } longest ? (long)Math.Ceiling((longest + 1) * sampleRate) : long.MaxValue;

    private AudioExample Apply(Waveform sound, TimeSpan whole, Target target, ref SeededRandom random)
    {
        foreach (WaveformAugmentation step in sound.Samples.Length == 0 ? [] : Augmentations)
        {
            sound = step.Apply(sound, ref random);
        }

        ReadOnlySpan<float> samples = sound.Samples.Span;
        double longest = Preprocess.MaximumSeconds ?? double.PositiveInfinity;
        int most = (int)Math.Min(int.MaxValue, Math.Round(longest * Preprocess.SampleRate));
        if (samples.Length <= most)
        {
            return Make(samples, target, ref random);
        }

        if (Preprocess.RefusesLonger)
        {
            throw new InvalidDataException(
                $"The sound is {whole.TotalSeconds:F1} s long, and the longest allowed is {longest:F1} s "
                    + $"({nameof(AudioPreprocess.MaximumSeconds)}): cut it into parts.");
        }

        CountTruncated();
        return Make(samples[..most], target, ref random) with { SecondsLeftOut = whole.TotalSeconds - longest };
    }

    private AudioExample Make(ReadOnlySpan<float> samples, Target target, ref SeededRandom random)
    {
        if (samples.Length == 0)
        {
            throw new InvalidDataException("The sound has no samples: there is nothing for the network to hear.");
        }

        int length = Math.Max(samples.Length, Preprocess.FrontEnd is null ? MinimumLength : 1);
        while (Preprocess.FrontEnd?.FramesOf(length) == 0)
        {
            length += samples.Length + 1;
        }

        float[] values = new float[length];
        samples.CopyTo(values);
        Normalize(values.AsSpan(0, samples.Length));
        if (Preprocess.FrontEnd is { } frontEnd)
        {
            AudioFrames frames = frontEnd.Compute(values);
            foreach (FrameAugmentation step in FrameAugmentations)
            {
                frames = step.Apply(frames, ref random);
            }

            (values, length) = (frames.Values.ToArray(), frames.Count);
        }

        return new AudioExample(values, target, length) { Outputs = OutputsOf?.Invoke(length) };
    }

    private void Normalize(Span<float> samples)
    {
        double sum = 0, squares = 0;
        foreach (float sample in samples)
        {
            sum += sample;
        }

        double mean = sum / samples.Length;
        if (!double.IsFinite(mean))
        {
            throw new InvalidDataException("The sound holds NaN or infinity: its file is damaged or of another kind than it says.");
        }

        if (!Preprocess.Normalizes)
        {
            return;
        }

        foreach (float sample in samples)
        {
            squares += (sample - mean) * (sample - mean);
        }

        double factor = 1 / Math.Sqrt((squares / samples.Length) + SmallestVariance);
        foreach (ref float sample in samples)
        {
            sample = (float)((sample - mean) * factor);
        }
    }
}
