namespace TransferLearning;

/// <summary>How close translations are to references.</summary>
/// <param name="Score">From 0 to 100.</param>
/// <param name="Precisions">The share of right n-grams of one to four words, smoothed, in percent.</param>
/// <param name="BrevityPenalty">From 0 to 1; below 1 where the translations are shorter than the references.</param>
/// <param name="Correct">How many n-grams of each order occur in a reference.</param>
/// <param name="Total">How many n-grams of each order there are.</param>
/// <param name="HypothesisLength">The words of the translations.</param>
/// <param name="ReferenceLength">The words of the references, each time of the one closest in length; of two the shorter.</param>
public sealed record BleuScore(
    double Score, IReadOnlyList<double> Precisions, double BrevityPenalty, IReadOnlyList<long> Correct, IReadOnlyList<long> Total,
    long HypothesisLength, long ReferenceLength);
