namespace TransferLearning.Layers;

/// <summary>
/// Batch normalisation over channels (Ioffe and Szegedy, 2015) with PyTorch's names and defaults, whose weights and statistics are
/// allocated but not filled.
/// </summary>
public sealed class BatchNorm2d : nn.Module<Tensor, Tensor>
{
    private readonly double _epsilon;
    private readonly double _momentum;

    [ComponentName(Name = "weight")]
    private Parameter _weight;

    [ComponentName(Name = "bias")]
    private Parameter _bias;

    [ComponentName(Name = "running_mean")]
    private Tensor _runningMean;

    [ComponentName(Name = "running_var")]
    private Tensor _runningVariance;

    [ComponentName(Name = "num_batches_tracked")]
    private Tensor _batchesTracked;

    /// <summary>Makes a layer.</summary>
    /// <param name="channels">The number of channels.</param>
    /// <param name="epsilon">What is added to the variance.</param>
    /// <param name="momentum">The share of a new batch in the running statistics.</param>
    public BatchNorm2d(long channels, double epsilon = 1e-5, double momentum = 0.1) : base(nameof(BatchNorm2d))
    {
        (_epsilon, _momentum) = (epsilon, momentum);
        _weight = new Parameter(empty(channels));
        _bias = new Parameter(empty(channels));
        _runningMean = empty(channels);
        _runningVariance = empty(channels);
        _batchesTracked = zeros([], ScalarType.Int64);
        RegisterComponents();
    }

    /// <summary>The factor of each channel.</summary>
    public Parameter Weight => _weight;

    /// <summary>What is added to each channel.</summary>
    public Parameter Bias => _bias;

    /// <summary>The mean of each channel over the batches of training.</summary>
    public Tensor RunningMean => _runningMean;

    /// <summary>The variance of each channel over the batches of training.</summary>
    public Tensor RunningVariance => _runningVariance;

    /// <summary>What is added to the variance.</summary>
    public double Epsilon => _epsilon;

    /// <summary>The probability with which a channel is normalised by its batch in training, and else by the running statistics
    /// (<see cref="StochasticNorm"/>); null for always.</summary>
    internal double? BatchProbability { get; set; }

    /// <summary>[N, C, H, W] to the same.</summary>
    /// <exception cref="InvalidOperationException">It is training and there is one value for each channel, which has no
    /// variance.</exception>
    public override Tensor forward(Tensor input)
    {
        ArgumentNullException.ThrowIfNull(input);
        if (NormTap.Run(this, input) is { } tapped)
        {
            return tapped;
        }

        if (training && input.size(0) * input.size(2) * input.size(3) == 1)
        {
            throw new InvalidOperationException(
                $"A batch norm cannot be trained on one value for each channel (its input is [{string.Join(", ", input.shape)}]), of "
                    + "which there is no variance: "
                + "give batches of at least two samples (BatchSize), larger images, or freeze the batch norms (FreezeBackbone).");
        }

        // A pass that repeats itself normalises by the same batch, but has learnt from it already.
        bool repeats = TrainingPass.IsRepeating;
        if (training && !repeats)
        {
            _batchesTracked.add_(Scalars.One, Scalars.One);
        }

        if (training && TrainingPass.Current is { SharesStatistics: { } ranks } pass && is_grad_enabled())
        {
            return SharedBatchNorm.Run(pass, ranks, input, this, _momentum);
        }

        if (training && BatchProbability is { } probability)
        {
            using Tensor mask = StochasticNorm.Draw(input.size(1), probability, input.device);
            return StochasticNorm.Run(input, mask, _runningMean, _runningVariance, _weight, _bias, _momentum, _epsilon);
        }

        return nn.functional.batch_norm(input, _runningMean, _runningVariance, _weight, _bias, training, repeats ? 0 : _momentum, _epsilon);
    }
}
