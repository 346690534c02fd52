namespace TransferLearning;

/// <summary>How much classes count by how many samples they have: for the weights of a loss, and for how often samples are drawn.</summary>
public sealed record ClassWeighting
{
    private ClassWeighting(double power, double? beta) => (Power, Beta) = (power, beta);

    /// <summary>All classes alike.</summary>
    public static ClassWeighting Uniform { get; } = new(0, null);

    /// <summary>1/n: all classes together are equal.</summary>
    public static ClassWeighting Inverse { get; } = new(1, null);

    /// <summary>1/√n: half-way between <see cref="Uniform"/> and <see cref="Inverse"/> (Mahajan et al., 2018).</summary>
    public static ClassWeighting InverseSquareRoot { get; } = new(0.5, null);

    /// <summary>By which power of the number of samples a class is divided.</summary>
    public double Power { get; }

    /// <summary>The beta of <see cref="EffectiveNumber"/>; null for a power.</summary>
    public double? Beta { get; }

    /// <summary>(1 - beta) / (1 - beta^n), the inverse of the effective number of samples (Cui et al., "Class-Balanced Loss Based on
    /// Effective Number of Samples", 2019).</summary>
    /// <param name="beta">From 0, which weighs all classes alike, to below 1, which comes to <see cref="Inverse"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is not in its range.</exception>
    public static ClassWeighting EffectiveNumber(double beta)
        => beta is >= 0 and < 1
            ? new ClassWeighting(0, beta)
            : throw new ArgumentOutOfRangeException(nameof(beta), beta, "Beta must be at least 0 and below 1.");

    /// <summary>The weight of each class, scaled so that they add up to the number of classes. A class without samples weighs 0.</summary>
    /// <param name="counts">How many samples each class has.</param>
    /// <exception cref="ArgumentException">There is no class, a count is negative, or all are 0.</exception>
    public IReadOnlyList<double> Of(IReadOnlyList<int> counts)
    {
        ArgumentNullException.ThrowIfNull(counts);
        if (counts.Count == 0 || counts.Any(count => count < 0) || counts.All(count => count == 0))
        {
            throw new ArgumentException(
                $"The counts are [{string.Join(", ", counts.Take(10))}{(counts.Count > 10 ? ", …" : "")}]; expected one of at least 0 for "
                    + "each class, and at least one above 0.",
                nameof(counts));
        }

        double[] plain = [.. counts.Select(count => count == 0 ? 0 : One(count))];
        double scale = counts.Count / plain.Sum();
        return [.. plain.Select(weight => weight * scale)];
    }

    private double One(int count) => Beta is not { } beta ? Math.Pow(count, -Power) : (1 - beta) / (1 - Math.Pow(beta, count));
}
