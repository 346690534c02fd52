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
    public override string Fingerprint => $"AudioPreprocessor({Preprocess};{MinimumLength})";

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

    /// <inheritdoc/>
    public override ModelInput Collate(IReadOnlyList<Example> examples, int? length = null)
    {
        ArgumentNullException.ThrowIfNull(examples);
        AudioExample[] sounds = [.. examples.Cast<AudioExample>()];
        int width = length ?? sounds.Max(sound => sound.Length);
        float[] values = new float[checked(sounds.Length * width)];
        for (int i = 0; i < sounds.Length; i++)
        {
            if (sounds[i].Length > width)
            {
                throw new ArgumentException($"Sound {i} has {sounds[i].Length} samples; rows of {width} were asked for.", nameof(length));
            }

            sounds[i].Values.CopyTo(values, i * width);
        }

        LibTorch.Load();
        return new AudioInput(
            tensor(values, [sounds.Length, width]),
            sounds.All(sound => sound.Length == width) ? null : tensor([.. sounds.Select(sound => (long)sound.Length)]));
    }

    internal override Preprocessor Fresh() => Copy();

    // Enough to see whether a sound is too long, and no more: a file may hold hours.
    private long MostFrames(int sampleRate)
        => Preprocess.MaximumSeconds is { } longest ? (long)Math.Ceiling((longest + 1) * sampleRate) : long.MaxValue;

    private AudioExample Apply(Waveform sound, TimeSpan whole, Target target)
    {
        ReadOnlySpan<float> samples = sound.Samples.Span;
        if (samples.Length == 0)
        {
            throw new InvalidDataException("The sound has no samples: there is nothing for the network to hear.");
        }

        double longest = Preprocess.MaximumSeconds ?? double.PositiveInfinity;
        int most = (int)Math.Min(int.MaxValue, Math.Round(longest * Preprocess.SampleRate));
        double left = 0;
        if (samples.Length > most)
        {
            left = whole.TotalSeconds - longest;
            if (Preprocess.RefusesLonger)
            {
                throw new InvalidDataException(
                    $"The sound is {whole.TotalSeconds:F1} s long, and the longest allowed is {longest:F1} s "
                        + $"({nameof(AudioPreprocess.MaximumSeconds)}): cut it into parts.");
            }

            CountTruncated();
            samples = samples[..most];
        }

        float[] values = new float[Math.Max(samples.Length, MinimumLength)];
        samples.CopyTo(values);
        Normalize(values.AsSpan(0, samples.Length));
        return new AudioExample(values, target, values.Length) { SecondsLeftOut = left, Outputs = OutputsOf?.Invoke(values.Length) };
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
