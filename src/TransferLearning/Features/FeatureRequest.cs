namespace TransferLearning;

/// <summary>Asks a <see cref="FeatureCache"/> for features.</summary>
/// <param name="Store">The key of what turns a sample into features.</param>
/// <param name="Samples">How many samples there are.</param>
/// <param name="Keys">The key of each sample, view by view: <paramref name="Samples"/> of view 0, then those of view 1, …; null for one
/// that cannot be read.</param>
/// <param name="RetriesDamaged">Whether samples that are remembered as damaged are tried again, so that the error names them.</param>
/// <param name="Shape">Finds out the shape of one sample's features.</param>
/// <param name="Compute">Computes the features of some items of <paramref name="Keys"/>, given in rising order.</param>
internal sealed record FeatureRequest(
    UInt128 Store, int Samples, UInt128?[] Keys, bool RetriesDamaged, Func<long[]> Shape, Action<IReadOnlyList<int>,
    FeatureWriter> Compute);
