namespace TransferLearning;

/// <summary>How deletion and insertion curves are measured.</summary>
public sealed record PerturbationOptions
{
    /// <summary>How many pixels change at each step. Default: null, as many as make 50 steps.</summary>
    public int? PixelsPerStep { get; init; }

    /// <summary>What pixels are that are not there. Default: <see cref="Baseline.Zero"/>, the mean colour of what the network was trained
    /// on.</summary>
    public Baseline Baseline { get; init; } = Baseline.Zero;

    /// <summary>How many steps go through the network at once. Default: 16.</summary>
    public int BatchSize { get; init; } = 16;
}
