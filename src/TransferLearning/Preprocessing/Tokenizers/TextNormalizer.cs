namespace TransferLearning;

/// <summary>A change of a text before it is cut into words, which keeps where every character came from.</summary>
internal delegate AlignedText TextNormalizer(AlignedText text);
