namespace TransferLearning;

/// <summary>How a <see cref="TextLoader"/> makes batches.</summary>
internal sealed record TextLoaderOptions
{
    /// <summary>How many texts a batch has; the last one of a run may have fewer.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Whether every epoch has an order of its own.</summary>
    public bool Shuffle { get; init; }

    /// <summary>What every draw depends on.</summary>
    public long Seed { get; init; }

    /// <summary>How many threads make tokens.</summary>
    public int Workers { get; init; } = Math.Min(Environment.ProcessorCount, 8);

    /// <summary>How many batches' texts are sorted by length together.</summary>
    public int BatchesSortedTogether { get; init; } = 50;

    /// <summary>The length of all rows, without sorting: what padding costs is measured with it. Null for as long as needed.</summary>
    public int? FixedLength { get; init; }
}
