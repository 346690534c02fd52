using Parameter = TorchSharp.Modules.Parameter;
using TorchSharp.Utils;
using static TorchSharp.torch;

namespace TransferLearning.Layers;

/// <summary>
/// Batch normalisation over channels (Ioffe and Szegedy, 2015) with PyTorch's names and defaults, whose weights and statistics
/// are allocated but not filled.
/// </summary>
internal sealed class BatchNorm2d : nn.Module<Tensor, Tensor>
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

    public BatchNorm2d(long channels, double epsilon = 1e-5, double momentum = 0.1)
        : base(nameof(BatchNorm2d))
    {
        (_epsilon, _momentum) = (epsilon, momentum);
        _weight = new Parameter(empty(channels));
        _bias = new Parameter(empty(channels));
        _runningMean = empty(channels);
        _runningVariance = empty(channels);
        _batchesTracked = zeros([], ScalarType.Int64);
        RegisterComponents();
    }

    public Parameter Weight => _weight;

    public Parameter Bias => _bias;

    public Tensor RunningMean => _runningMean;

    public Tensor RunningVariance => _runningVariance;

    public double Epsilon => _epsilon;

    public override Tensor forward(Tensor input)
    {
        // A pass that repeats itself normalises by the same batch, but has learnt from it already.
        bool repeats = TrainingPass.IsRepeating;
        if (training && !repeats)
        {
            _batchesTracked.add_(1);
        }

        return nn.functional.batch_norm(input, _runningMean, _runningVariance, _weight, _bias, training, repeats ? 0 : _momentum, _epsilon);
    }
}
