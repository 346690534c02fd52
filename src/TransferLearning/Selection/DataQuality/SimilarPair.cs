namespace TransferLearning;

/// <summary>Two samples that are much alike.</summary>
/// <param name="First">The number of the one; the smaller where both are of one set.</param>
/// <param name="Second">The number of the other.</param>
/// <param name="Measure">How alike: a cosine, or in how many bits two hashes differ.</param>
public readonly record struct SimilarPair(int First, int Second, double Measure);
