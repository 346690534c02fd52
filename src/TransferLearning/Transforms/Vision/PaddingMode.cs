namespace TransferLearning;

/// <summary>What is put around an image that is padded.</summary>
public enum PaddingMode
{
    /// <summary>One colour.</summary>
    Constant,

    /// <summary>The outermost pixels, repeated.</summary>
    Edge,

    /// <summary>The image mirrored at its outermost pixels, which are not repeated: <c>cb|abc|ba</c>.</summary>
    Reflect,

    /// <summary>The image mirrored at its edge, so that the outermost pixels are repeated: <c>ba|abc|cb</c>.</summary>
    Symmetric,
}
