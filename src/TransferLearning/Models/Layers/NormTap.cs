namespace TransferLearning.Layers;

/// <summary>
/// What takes the place of the weights and statistics of normalisations in the networks that one thread runs, from the constructor to
/// <see cref="Dispose"/>. The networks themselves do not change, so other threads may use them meanwhile.
/// </summary>
internal sealed class NormTap : IDisposable
{
    [ThreadStatic]
    private static NormTap? _current;

    private readonly NormTap? _outer = _current;

    public NormTap() => _current = this;

    /// <summary>Gives weight and bias of a layer, or null for its own.</summary>
    public Func<nn.Module, (Tensor Weight, Tensor Bias)?>? Affine { get; init; }

    /// <summary>Whether batch norms normalise by the batch, as in training.</summary>
    public bool UsesBatch { get; init; }

    /// <summary>Which batch norms do; null for all.</summary>
    public Func<BatchNorm2d, bool>? Chooses { get; init; }

    /// <summary>Gives what learns the statistics of the batches, and the share that the next one has in them; null for nothing. The tensors
    /// are changed in place.</summary>
    public Func<BatchNorm2d, (Tensor Mean, Tensor Variance, double Share)>? Statistics { get; init; }

    /// <summary>Weight and bias of a layer on this thread.</summary>
    public static (Tensor Weight, Tensor Bias) AffineOf(nn.Module layer, Tensor weight, Tensor bias)
        => _current?.Affine?.Invoke(layer) ?? (weight, bias);

    /// <summary>The output of a batch norm, if this thread has a tap; else null.</summary>
    public static Tensor? Run(BatchNorm2d norm, Tensor input) => _current?.Normalise(norm, input);

    public void Dispose() => _current = _outer;

    private Tensor Normalise(BatchNorm2d norm, Tensor input)
    {
        (Tensor weight, Tensor bias) = AffineOf(norm, norm.Weight, norm.Bias);

        // One value for each channel has no variance.
        bool usesBatch = UsesBatch && Chooses?.Invoke(norm) != false && input.NumberOfElements > input.size(1);
        if (!usesBatch || Statistics is null)
        {
            (Tensor? center, Tensor? spread) = usesBatch ? (null, null) : (norm.RunningMean, norm.RunningVariance);
            return nn.functional.batch_norm(input, center, spread, weight, bias, usesBatch, 0, norm.Epsilon);
        }

        (Tensor mean, Tensor variance, double share) = Statistics(norm);
        return nn.functional.batch_norm(input, mean, variance, weight, bias, training: true, share, norm.Epsilon);
    }
}
