namespace TransferLearning;

/// <summary>How the vectors of a text's tokens become one.</summary>
public enum TextPooling
{
    /// <summary>Their mean, padding left out.</summary>
    Mean,

    /// <summary>The first token's.</summary>
    Cls,
}
