using TorchSharp;

namespace TransferLearning.Reports;

/// <summary>The directions in which data vary most (principal component analysis).</summary>
/// <param name="Mean">The mean of each column.</param>
/// <param name="Components">The directions, [component][column], of length 1, the one of the largest variance first; the entry of the
/// largest absolute value is positive.</param>
/// <param name="ExplainedVariance">The variance along each, with the divisor n - 1.</param>
/// <param name="ExplainedVarianceRatio">What share of all variance that is; 0 where the data do not vary.</param>
/// <param name="SingularValues">The singular values of the centred data.</param>
/// <param name="TotalVariance">The sum of the variances along all directions.</param>
/// <remarks>Computed in float64 by a singular value decomposition.</remarks>
public sealed record PrincipalComponents(
    IReadOnlyList<double> Mean, IReadOnlyList<double[]> Components, IReadOnlyList<double> ExplainedVariance,
    IReadOnlyList<double> ExplainedVarianceRatio, IReadOnlyList<double> SingularValues, double TotalVariance)
{
    private const double Rounding = 1e-14;

    /// <summary>Finds the principal components of some rows.</summary>
    /// <param name="rows">At least one row, all of the same length.</param>
    /// <param name="count">How many components, from 1 to the smaller of the numbers of rows and columns.</param>
    /// <exception cref="ArgumentException">Rows differ in length, or hold NaN or infinity.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are not so many components.</exception>
    public static PrincipalComponents Of(IReadOnlyList<double[]> rows, int count)
    {
        int width = FeatureRowsCheck.WidthOf(rows);
        int rank = Math.Min(rows.Count, width);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, rank);
        double[] mean = [.. Enumerable.Range(0, width).Select(column => rows.Sum(row => row[column]) / rows.Count)];
        double[] centred = new double[rows.Count * width];
        for (int i = 0; i < centred.Length; i++)
        {
            centred[i] = rows[i / width][i % width] - mean[i % width];
        }

        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor matrix = torch.tensor(centred, [rows.Count, width]);
        (_, torch.Tensor values, torch.Tensor directions) = torch.linalg.svd(matrix, fullMatrices: false);
        double[] singular = [.. values.data<double>()];
        double[] flat = [.. directions.contiguous().data<double>()];
        double divisor = Math.Max(rows.Count - 1, 1);
        double total = singular.Sum(value => value * value) / divisor;

        // Of constant columns rounding leaves a trace, which is no variance.
        double trace = Rounding * rows.Max(row => row.Max(Math.Abs));
        total = total > trace * trace * width ? total : 0;
        double[] variances = [.. singular.Take(count).Select(value => value * value / divisor)];
        return new PrincipalComponents(
            mean,
            [.. Enumerable.Range(0, count).Select(component => Signed(flat[(component * width)..((component + 1) * width)]))],
            variances,
            [.. variances.Select(variance => total > 0 ? variance / total : 0)],
            singular[..count],
            total);
    }

    /// <summary>The coordinates of rows along the components, [row][component].</summary>
    /// <param name="rows">Rows as long as those the components are of.</param>
    /// <exception cref="ArgumentException">Rows differ in length, or hold NaN or infinity.</exception>
    public IReadOnlyList<double[]> Project(IReadOnlyList<double[]> rows)
    {
        int width = FeatureRowsCheck.WidthOf(rows);
        if (width != Mean.Count)
        {
            throw new ArgumentException($"The rows have {width} numbers, the components {Mean.Count}.", nameof(rows));
        }

        return [.. rows.Select(row => Array.ConvertAll([.. Components], component => Along(row, component)))];
    }

    private static double[] Signed(double[] component)
    {
        int largest = 0;
        for (int column = 1; column < component.Length; column++)
        {
            largest = Math.Abs(component[column]) > Math.Abs(component[largest]) ? column : largest;
        }

        return component[largest] < 0 ? Array.ConvertAll(component, value => -value) : component;
    }

    private double Along(double[] row, double[] component)
    {
        double sum = 0;
        for (int column = 0; column < row.Length; column++)
        {
            sum += (row[column] - Mean[column]) * component[column];
        }

        return sum;
    }
}
