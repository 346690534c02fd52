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
    public AudioPreprocess Preprocess { get; }

    /// <summary>The fewest samples that give the network something to read; shorter sounds are padded with silence. Default: 1.</summary>
    public int MinimumLength { get; init; } = 1;

    /// <inheritdoc/>
    public override bool IsDeterministic => true;

    /// <inheritdoc/>
    public override string Fingerprint
        => string.Create(
            CultureInfo.InvariantCulture,
            $"AudioPreprocessor({Preprocess.SampleRate};{Preprocess.Normalizes};{Preprocess.MaximumSeconds:R};{Preprocess.RefusesLonger};"
                + $"{Preprocess.FrontEnd?.Fingerprint};{MinimumLength})");

    /// <summary>The most tokens that are written of a sound.</summary>
    internal int MaximumTargetLength { get; init; } = int.MaxValue;

    /// <summary>How many outputs the network gives for so many samples; null where it has not said it.</summary>
    internal Func<int, int>? OutputsOf { get; init; }

    /// <inheritdoc/>
    internal override (int Most, bool Refuses) TargetLimit => (MaximumTargetLength, true);

    /// <inheritdoc/>
    public override Example Apply(Sample sample, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(sample);
        switch (sample.Input)
        {
            case RawAudio raw:
                return Apply(Resampling.Apply(raw.Waveform, Preprocess.SampleRate), raw.Waveform.Duration, sample.Target);
            case EncodedAudio encoded:
                using (AudioReader reader = AudioFile.Open(encoded.Bytes, sample.Name))
                {
                    Waveform sound = reader.ReadWaveform(MostFrames(reader.SampleRate), Preprocess.SampleRate);
                    return Apply(sound, reader.Duration ?? sound.Duration, sample.Target);
                }

            default:
                throw new ArgumentException(
                    $"Sample '{sample.Name}' holds {sample.Input.GetType().Name}; expected {nameof(EncodedAudio)} or {nameof(RawAudio)}.");
        }
    }

    /// <summary>A part of a sound, at the network's rate, of any length.</summary>
    internal AudioExample Hear(ReadOnlyMemory<float> samples) => Make(samples.Span, NoTarget.Instance);

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

    private AudioExample Apply(Waveform sound, TimeSpan whole, Target target)
    {
        ReadOnlySpan<float> samples = sound.Samples.Span;
        double longest = Preprocess.MaximumSeconds ?? double.PositiveInfinity;
        int most = (int)Math.Min(int.MaxValue, Math.Round(longest * Preprocess.SampleRate));
        if (samples.Length <= most)
        {
            return Make(samples, target);
        }

        if (Preprocess.RefusesLonger)
        {
            throw new InvalidDataException(
                $"The sound is {whole.TotalSeconds:F1} s long, and the longest allowed is {longest:F1} s "
                    + $"({nameof(AudioPreprocess.MaximumSeconds)}): cut it into parts.");
        }

        CountTruncated();
        return Make(samples[..most], target) with { SecondsLeftOut = whole.TotalSeconds - longest };
    }

    private AudioExample Make(ReadOnlySpan<float> samples, Target target)
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
