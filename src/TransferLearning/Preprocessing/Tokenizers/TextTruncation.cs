namespace TransferLearning;

/// <summary>What happens to a text whose tokens are more than the maximum length allows.</summary>
public enum TextTruncation
{
    /// <summary>The longer of text and pair loses its last tokens, until both fit; a text without pair loses its own.</summary>
    LongestFirst,

    /// <summary>Only the text loses tokens; where that is not enough, encoding fails.</summary>
    OnlyFirst,

    /// <summary>Only the pair loses tokens; where that is not enough, encoding fails.</summary>
    OnlySecond,

    /// <summary>Nothing is cut: the result may be longer than the maximum length.</summary>
    None,

    /// <summary>A text that is too long is refused with a <see cref="TokenizerException"/>.</summary>
    Refuse,
}
