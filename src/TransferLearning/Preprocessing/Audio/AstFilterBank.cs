namespace TransferLearning;

/// <summary>The input of the Audio Spectrogram Transformer (Gong et al., 2021) as Hugging Face's feature extractor makes it: Kaldi's filter
/// bank with Hann's window, cut or filled to one length, less a mean and over twice a deviation.</summary>
public sealed record AstFilterBank : AudioFrontEnd
{
    /// <summary>The number of mel bands. Default: 128.</summary>
    public int MelBands { get; init; } = 128;

    /// <summary>The number of frames that every sound gets. Default: 1024.</summary>
    public int Frames { get; init; } = 1024;

    /// <summary>The mean of AudioSet, which is subtracted. Default: -4.2677393.</summary>
    public double Mean { get; init; } = -4.2677393;

    /// <summary>The deviation of AudioSet, by whose double is divided. Default: 4.5689974.</summary>
    public double Deviation { get; init; } = 4.5689974;

    /// <summary>Whether mean and deviation are applied. Default: true.</summary>
    public bool Normalizes { get; init; } = true;

    /// <inheritdoc/>
    public override int Bands => MelBands;

    /// <inheritdoc/>
    public override string Fingerprint => Steps.Fingerprint;

    private AudioFrontEnd Steps
        => new KaldiFilterBank { SampleRate = SampleRate, MelBands = MelBands, SampleScale = 1, Window = WindowFunction.Hann }
            .Then([new FrameLength(Frames), .. Normalizes ? [new FrameNormalization(Mean, 2 * Deviation)] : Array.Empty<FrameTransform>()]);

    /// <inheritdoc/>
    public override int FramesOf(int samples) => Steps.FramesOf(samples);

    /// <inheritdoc/>
    public override AudioFrames Compute(ReadOnlySpan<float> samples) => Steps.Compute(samples);
}
