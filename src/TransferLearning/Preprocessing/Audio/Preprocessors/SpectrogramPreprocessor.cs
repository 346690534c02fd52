namespace TransferLearning;

/// <summary>Turns sounds into images of their mel bands, [3, height, width]. Safe for several threads at once.</summary>
public sealed class SpectrogramPreprocessor : StackedPreprocessor
{
    private readonly IReadOnlyList<WaveformAugmentation> _samples;
    private readonly IReadOnlyList<FrameAugmentation> _frames;
    private long _truncated;

    /// <summary>Makes a preprocessor.</summary>
    /// <param name="form">How sounds become images; every value set.</param>
    /// <param name="samples">How samples are altered at random for training; null for not at all.</param>
    /// <param name="frames">How frames are altered at random for training; null for not at all.</param>
    /// <exception cref="ArgumentException">A value is missing or out of its range.</exception>
    public SpectrogramPreprocessor(
        LogMelImage form, IReadOnlyList<WaveformAugmentation>? samples = null, IReadOnlyList<FrameAugmentation>? frames = null)
    {
        ArgumentNullException.ThrowIfNull(form);
        form.Validate();
        if (form is not { Height: { } height, Width: { } width, Mean.Count: 3, Std.Count: 3 })
        {
            throw new ArgumentException(
                "Height, Width, and Mean and Std of three channels must be set where no network says them.", nameof(form));
        }

        (Form, _samples, _frames) = (form, [.. samples ?? []], [.. frames ?? []]);
        Shape = [3, height, width];
    }

    /// <summary>How sounds become images.</summary>
    public LogMelImage Form { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<long> Shape { get; }

    /// <inheritdoc/>
    public override bool IsDeterministic => _samples.Count + _frames.Count == 0;

    /// <inheritdoc/>
    public override Preprocessor EvaluationForm => IsDeterministic ? this : new SpectrogramPreprocessor(Form);

    /// <inheritdoc/>
    public override string Fingerprint
        => string.Join("; ", [Form.Fingerprint, .. _samples.Select(step => step.Fingerprint), .. _frames.Select(step => step.Fingerprint)]);

    /// <inheritdoc/>
    public override long TruncatedSamples => Interlocked.Read(ref _truncated);

    /// <inheritdoc/>
    public override Target Apply(Sample sample, ref SeededRandom random, Span<float> destination)
    {
        ArgumentNullException.ThrowIfNull(sample);
        if (destination.Length != Shape.Aggregate(1L, (product, size) => product * size))
        {
            throw new ArgumentException($"There is room for {destination.Length} numbers; expected {string.Join(" x ", Shape)}.");
        }

        Waveform sound = sample.Input switch
        {
            RawAudio raw => Resampling.Apply(raw.Waveform, Form.SampleRate),
            EncodedAudio encoded => Read(encoded, sample.Name),
            _ => throw new ArgumentException(
                $"Sample '{sample.Name}' holds {sample.Input.GetType().Name}; expected {nameof(EncodedAudio)} or {nameof(RawAudio)}."),
        };
        if (sound.Samples.Length == 0)
        {
            throw new InvalidDataException("The sound has no samples: there is nothing to show.");
        }

        foreach (WaveformAugmentation step in _samples)
        {
            sound = step.Apply(sound, ref random);
        }

        if (sound.Samples.Length > Form.Samples)
        {
            Interlocked.Increment(ref _truncated);
        }

        float[] samples = new float[Form.Samples];
        sound.Samples.Span[..Math.Min(samples.Length, sound.Samples.Length)].CopyTo(samples);
        AudioFrames frames = Form.Frames(samples);
        foreach (FrameAugmentation step in _frames)
        {
            frames = step.Apply(frames, ref random);
        }

        Draw(frames, destination);
        return sample.Target;
    }

    /// <inheritdoc/>
    public override ModelInput ToInput(Tensor values) => new ImageInput(values);

    internal override Preprocessor Fresh() => new SpectrogramPreprocessor(Form, _samples, _frames);

    private Waveform Read(EncodedAudio encoded, string name)
    {
        using AudioReader reader = AudioFile.Open(encoded.Bytes, name);
        return reader.ReadWaveform((long)Math.Ceiling((Form.Seconds + 1) * reader.SampleRate), Form.SampleRate);
    }

    private void Draw(AudioFrames frames, Span<float> destination)
    {
        int plane = frames.Bands * frames.Count;
        for (int channel = 0; channel < 3; channel++)
        {
            (float mean, float std) = (Form.Mean![channel], Form.Std![channel]);
            for (int row = 0; row < frames.Bands; row++)
            {
                Span<float> line = destination.Slice((channel * plane) + (row * frames.Count), frames.Count);
                frames.Band(frames.Bands - 1 - row).CopyTo(line);
                foreach (ref float element in line)
                {
                    element = (element - mean) / std;
                }
            }
        }
    }
}
