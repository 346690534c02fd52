namespace TransferLearning;

/// <summary>How noise is spread over frequencies.</summary>
public enum NoiseColor
{
    /// <summary>The same power at every frequency.</summary>
    White,

    /// <summary>The same power in every octave, as of wind and traffic.</summary>
    Pink,
}
