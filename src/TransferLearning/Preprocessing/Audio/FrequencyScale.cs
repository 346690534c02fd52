namespace TransferLearning;

/// <summary>Along which scale of frequencies bands have the same distance.</summary>
public enum FrequencyScale
{
    /// <summary>2595 log10(1 + f / 700), as of HTK; torchaudio's default.</summary>
    Htk,

    /// <summary>Linear up to 1 kHz and logarithmic above, as of Slaney's Auditory Toolbox; librosa's default, and Whisper's.</summary>
    Slaney,

    /// <summary>Hz.</summary>
    Linear,
}
