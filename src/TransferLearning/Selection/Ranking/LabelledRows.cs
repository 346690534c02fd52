namespace TransferLearning;

/// <summary>Features in float64 and the classes of their rows, checked and counted once for all scores. Its tensors belong to the dispose
/// scope it was made in.</summary>
internal sealed class LabelledRows
{
    private LabelledRows(Tensor features, Tensor classes, long[] counts)
        => (Features, Classes, Counts) = (features, classes, counts);

    /// <summary>[N, width] float64.</summary>
    public Tensor Features { get; }

    /// <summary>[N] int64: 0, 1, … in the order of the labels that occur; labels without a row have no number.</summary>
    public Tensor Classes { get; }

    /// <summary>How many rows each class has, at least 1.</summary>
    public long[] Counts { get; }

    /// <summary>How many rows there are.</summary>
    public long Count => Features.size(0);

    /// <summary>How many numbers a row has.</summary>
    public long Width => Features.size(1);

    /// <summary>[N, classes] float64: 1 where the row is of the class.</summary>
    public Tensor Membership => nn.functional.one_hot(Classes, Counts.Length).to(ScalarType.Float64);

    /// <summary>[classes, width]: the mean of each class.</summary>
    public Tensor Means => Membership.t().mm(Features).div(tensor(Array.ConvertAll(Counts, count => (double)count)).unsqueeze(1));

    /// <summary>The same rows less their mean.</summary>
    public LabelledRows Centred => new(Features.sub(Features.mean([0], keepdim: true)), Classes, Counts);

    /// <summary>Checks features and labels.</summary>
    /// <param name="features">[N, width], finite numbers.</param>
    /// <param name="labels">[N] integers, at least 0.</param>
    /// <exception cref="ArgumentException">The shapes do not fit together, there is no row, or a number is NaN or infinite.</exception>
    public static LabelledRows Of(Tensor features, Tensor labels)
    {
        (Tensor rows, Tensor numbers) = (Matrix(features, nameof(features)), Labels(labels, features));
        (Tensor _, Tensor? classes, Tensor? counts) = numbers.unique(sorted: true, return_inverse: true, return_counts: true);
        return new LabelledRows(rows, classes!, [.. counts!.data<long>()]);
    }

    /// <summary>A matrix of finite numbers with at least one row and one column, in float64 on the CPU.</summary>
    /// <exception cref="ArgumentException">It is none.</exception>
    public static Tensor Matrix(Tensor values, string name)
    {
        ArgumentNullException.ThrowIfNull(values, name);
        if (values.dim() != 2 || values.numel() == 0)
        {
            throw new ArgumentException(
                $"Expected [N, width] with at least one row and column, got [{string.Join(", ", values.shape)}].", name);
        }

        Tensor rows = values.detach().cpu().to(ScalarType.Float64);
        return rows.isfinite().all().item<bool>()
            ? rows
            : throw new ArgumentException("A number is NaN or infinite, so nothing can be computed of the rows.", name);
    }

    /// <summary>One label for each row of a matrix, as int64 on the CPU.</summary>
    /// <exception cref="ArgumentException">There is not one for each, or one is below 0.</exception>
    public static Tensor Labels(Tensor labels, Tensor rows)
    {
        ArgumentNullException.ThrowIfNull(labels);
        if (labels.dim() != 1 || labels.size(0) != rows.size(0) || labels.is_floating_point())
        {
            throw new ArgumentException(
                $"Expected one integer for each of {rows.size(0)} rows, got {labels.dtype} [{string.Join(", ", labels.shape)}].",
                nameof(labels));
        }

        Tensor numbers = labels.detach().cpu().to(ScalarType.Int64);
        return numbers.min().item<long>() >= 0 ? numbers : throw new ArgumentException("A label is below 0.", nameof(labels));
    }
}
