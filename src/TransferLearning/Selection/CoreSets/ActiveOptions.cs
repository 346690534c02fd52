namespace TransferLearning;

/// <summary>What <see cref="ActiveSelection"/> knows of a pool.</summary>
public sealed record ActiveOptions
{
    /// <summary>The numbers of the samples that have labels already: they are not chosen. Default: none.</summary>
    public IReadOnlyCollection<int> Labelled { get; init; } = [];

    /// <summary>
    /// How samples are read, and where features are kept: with a cache each sample goes through the network once, in all rounds together.
    /// Default: the usual options, without a cache.
    /// </summary>
    public FeatureOptions Features { get; init; } = new();
}
