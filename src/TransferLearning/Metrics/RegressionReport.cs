namespace TransferLearning;

/// <summary>How close predicted numbers are to the true ones.</summary>
/// <param name="MeanAbsoluteError">The mean distance.</param>
/// <param name="MeanSquaredError">The mean squared distance.</param>
/// <param name="RSquared">The share of the variance that is explained, at most 1; null where the true numbers are all equal.</param>
/// <param name="Count">How many samples there were.</param>
public sealed record RegressionReport(double MeanAbsoluteError, double MeanSquaredError, double? RSquared, long Count) : TaskReport
{
    /// <summary>The root of the mean squared error, in the units of the numbers.</summary>
    public double RootMeanSquaredError => Math.Sqrt(MeanSquaredError);

    /// <inheritdoc/>
    public override Score? Score => new("mean squared error", MeanSquaredError, IsHigherBetter: false);

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Count} samples: mean absolute error {MeanAbsoluteError:G5}, root mean squared error {RootMeanSquaredError:G5}, R² "
            + $"{(RSquared is { } share ? share.ToString("F3", CultureInfo.InvariantCulture) : "undefined")}");
}
