namespace TransferLearning;

/// <summary>What stands before and behind a sound where a frame reaches over its ends; the names are PyTorch's.</summary>
public enum PadMode
{
    /// <summary>The sound mirrored at its first and last sample, which are not repeated.</summary>
    Reflect,

    /// <summary>Silence.</summary>
    Constant,

    /// <summary>The first and the last sample again and again.</summary>
    Replicate,

    /// <summary>The sound from its other end.</summary>
    Circular,
}
