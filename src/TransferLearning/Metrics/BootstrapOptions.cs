namespace TransferLearning;

/// <summary>How an interval is found by resampling.</summary>
public sealed record BootstrapOptions
{
    /// <summary>How many samples of samples are drawn. Default: 1000.</summary>
    public int Resamples { get; init; } = 1000;

    /// <summary>With which probability the interval shall hold, between 0 and 1. Default: 0.95.</summary>
    public double Confidence { get; init; } = 0.95;

    /// <summary>What fixes the draws. Default: 0.</summary>
    public long Seed { get; init; }
}
