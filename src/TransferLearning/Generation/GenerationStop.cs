namespace TransferLearning;

/// <summary>Why writing ended.</summary>
public enum GenerationStop
{
    /// <summary>The network wrote its end token.</summary>
    EndToken,

    /// <summary>One of <see cref="GenerationOptions.StopWords"/> came up.</summary>
    StopWord,

    /// <summary><see cref="GenerationOptions.MaxNewTokens"/> were written.</summary>
    MaxNewTokens,

    /// <summary>The network has no position for another token; its limit is <see cref="TextNetwork.MaximumLength"/>.</summary>
    NoPositionLeft,
}
