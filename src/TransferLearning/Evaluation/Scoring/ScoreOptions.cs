using Microsoft.Extensions.Logging;

namespace TransferLearning;

/// <summary>How to score a data set into files.</summary>
public sealed record ScoreOptions
{
    /// <summary>What is written for each sample. Default: what the task predicts.</summary>
    public ScoreContent Content { get; init; }

    /// <summary>The form of the files. Default: JSON lines.</summary>
    public ScoreFormat Format { get; init; } = new JsonLinesFormat();

    /// <summary>How many samples go through the network at once. Default: 64.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>How many threads prepare samples. Default: one for each core, at most 8.</summary>
    public int? Workers { get; init; }

    /// <summary>What a damaged sample does. Default: it ends the work with an error that names it; skipped ones are listed in the shard's
    /// record.</summary>
    public BadSampleHandling OnBadSample { get; init; } = BadSampleHandling.Throw;

    /// <summary>The number type that the network may be run in. Default: float32.</summary>
    public Precision Precision { get; init; }

    /// <summary>Where it is logged that a shard is done already. Default: nowhere.</summary>
    public ILogger? Logger { get; init; }
}
