namespace TransferLearning;

/// <summary>What tapers the sinc function of a <see cref="Resampling"/>.</summary>
public enum ResamplingWindow
{
    /// <summary>Hann's window; torchaudio calls it "sinc_interpolation" ("sinc_interp_hann").</summary>
    Hann,

    /// <summary>Kaiser's window with <see cref="Resampling.Beta"/>; torchaudio calls it "kaiser_window" ("sinc_interp_kaiser").</summary>
    Kaiser,
}
