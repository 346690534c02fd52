namespace TransferLearning.Layers;

/// <summary>
/// The statistics of a network's batch norms over some batches: the plain mean over them of means and unbiased variances, whatever their
/// sizes, as PyTorch's cumulative average. Each layer sees what those before it give when they normalise by the batch.
/// </summary>
internal sealed class BatchNormStatistics : IDisposable
{
    private readonly List<Layer> _layers;

    /// <param name="network">A network or a part of it; it stays the caller's and is not changed before <see cref="Apply"/>.</param>
    /// <param name="chosen">Which of its batch norms; null for all. The others normalise by the statistics that they have.</param>
    public BatchNormStatistics(nn.Module network, Func<BatchNorm2d, bool>? chosen = null)
        => _layers =
        [
            .. network.modules().Append(network).OfType<BatchNorm2d>().Distinct().Where(norm => chosen?.Invoke(norm) != false)
                .Select(norm => new Layer(norm)),
        ];

    /// <summary>How many batch norms there are.</summary>
    public int Count => _layers.Count;

    /// <summary>Batches that this thread runs count until the result is disposed.</summary>
    public NormTap Watch()
    {
        Dictionary<BatchNorm2d, Layer> byNorm = _layers.ToDictionary(layer => layer.Norm);
        return new NormTap { UsesBatch = true, Chooses = byNorm.ContainsKey, Statistics = norm => byNorm[norm].Next() };
    }

    /// <summary>Gives the layers that saw a batch the statistics found.</summary>
    /// <param name="share">How much of them is taken, beside what the layers had; 1 for all.</param>
    public void Apply(double share)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        foreach (Layer layer in _layers.Where(layer => layer.Batches > 0))
        {
            Mix(layer.Norm.RunningMean, layer.Mean, share);
            Mix(layer.Norm.RunningVariance, layer.Variance, share);
        }
    }

    public void Dispose() => _layers.ForEach(layer => layer.Dispose());

    private static void Mix(Tensor own, Tensor found, double share)
    {
        if (share == 1)
        {
            own.copy_(found);
            return;
        }

        own.MultiplyInPlace(1 - share).AddInPlace(found, share);
    }

    private sealed class Layer(BatchNorm2d norm) : IDisposable
    {
        public BatchNorm2d Norm { get; } = norm;
        public Tensor Mean { get; } = zeros_like(norm.RunningMean).DetachFromDisposeScope();
        public Tensor Variance { get; } = ones_like(norm.RunningVariance).DetachFromDisposeScope();
        public long Batches { get; private set; }

        // The first batch takes the whole place.
        public (Tensor Mean, Tensor Variance, double Share) Next() => (Mean, Variance, 1.0 / ++Batches);

        public void Dispose()
        {
            Mean.Dispose();
            Variance.Dispose();
        }
    }
}
