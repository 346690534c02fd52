namespace TransferLearning;

/// <summary>How the spectra of a front end are scaled; the names in brackets are torchaudio's <c>normalized</c>.</summary>
public enum SpectrumNormalization
{
    /// <summary>Not at all (False).</summary>
    None,

    /// <summary>Divided by the root of the sum of the window's squares (True, "window").</summary>
    Window,

    /// <summary>Divided by the root of the number of samples ("frame_length").</summary>
    FrameLength,
}
