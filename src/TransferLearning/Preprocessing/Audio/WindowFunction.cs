namespace TransferLearning;

/// <summary>What a frame is multiplied by before its spectrum is taken.</summary>
public enum WindowFunction
{
    /// <summary>0.5 - 0.5 cos; the usual one. Kaldi calls it "hanning".</summary>
    Hann,

    /// <summary>0.54 - 0.46 cos.</summary>
    Hamming,

    /// <summary>0.42 - 0.5 cos + 0.08 cos of the double angle.</summary>
    Blackman,

    /// <summary>Hann's window to the power 0.85; Kaldi's default.</summary>
    Povey,

    /// <summary>1 everywhere; Kaldi calls it "rectangular".</summary>
    Rectangular,
}
