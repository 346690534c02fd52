namespace TransferLearning;

/// <summary>What a head gives for an example.</summary>
public enum HeadKind
{
    /// <summary>There is no head: the network gives its features.</summary>
    None,

    /// <summary>One vector for each example: [N, outputs].</summary>
    Pooled,

    /// <summary>One vector for each token, frame or word piece: [N, L, outputs].</summary>
    Tokens,

    /// <summary>Where something begins and ends: [N, L, 2].</summary>
    Spans,

    /// <summary>A score for each entry of the network's own vocabulary: [N, L, vocabulary].</summary>
    Vocabulary,
}
