namespace TransferLearning;

/// <summary>How samples that are unlike the training samples are found.</summary>
public sealed record OutOfDistributionOptions
{
    /// <summary>How a sample is scored. Default: by the Mahalanobis distance of its features.</summary>
    public OutOfDistributionMethod Method { get; init; } = OutOfDistributionMethod.Mahalanobis;

    /// <summary>What share of validation samples shall be taken for inside, above 0 and at most 1. Default: 0.95.</summary>
    public double Keep { get; init; } = 0.95;

    /// <summary>What logits are divided by for <see cref="OutOfDistributionMethod.Energy"/>. Default: 1.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Which neighbour counts for <see cref="OutOfDistributionMethod.NearestNeighbors"/>, from 1. Default: 10.</summary>
    public int Neighbors { get; init; } = 10;

    /// <summary>What is added to the variances for <see cref="OutOfDistributionMethod.Mahalanobis"/>, so that columns without variance do
    /// no harm. Default: 1e-6.</summary>
    public double Ridge { get; init; } = 1e-6;

    /// <summary>Checks every value; the message names the option.</summary>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Neighbors);
        RequireFinite(Ridge >= 0, Ridge, nameof(Ridge));
        RequireFinite(Temperature > 0, Temperature, nameof(Temperature));
        RequireFinite(Keep is > 0 and <= 1, Keep, nameof(Keep));
        if (!Enum.IsDefined(Method))
        {
            throw new ArgumentOutOfRangeException(nameof(Method), Method, "There is no such method.");
        }
    }

    private static void RequireFinite(bool holds, double value, string name)
    {
        if (!holds || !double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} is out of its range.");
        }
    }
}
