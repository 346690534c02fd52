namespace TransferLearning;

/// <summary>How a <see cref="Sweep"/> takes configurations from its axes.</summary>
public enum SweepSampling
{
    /// <summary>At random by the seed; none twice, where the axes are lists.</summary>
    Random,

    /// <summary>One after another, the last axis moving fastest; for axes that are lists.</summary>
    Grid,
}
