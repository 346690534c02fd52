using TransferLearning.Layers;

namespace TransferLearning;

/// <summary>One batch of training as a <see cref="TrainingMethod"/> sees it.</summary>
public sealed class MethodStep : IDisposable
{
    private readonly long _seed;
    private Tensor? _features;

    internal MethodStep(ForwardPass pass, Batch batch, long seed, int epoch, double progress)
        => (Pass, Batch, Number, _seed, Epoch, Progress) = (pass, batch, batch.Number, seed, epoch, progress);

    /// <summary>Runs the network.</summary>
    public ForwardPass Pass { get; }

    /// <summary>The batch, as the loader or the method around made it. It stays theirs.</summary>
    public Batch Batch { get; private set; }

    /// <summary>The epoch, from 0.</summary>
    public int Epoch { get; }

    /// <summary>The number of the batch in its epoch, from 0.</summary>
    public int Number { get; }

    /// <summary>How much of the run is done, from 0 at its first batch to 1.</summary>
    public double Progress { get; }

    /// <summary>What entered the head when the task computed its loss last, with its gradient, in float32; null before. It joins the
    /// caller's dispose scope.</summary>
    public Tensor? Features => _features?.to(ScalarType.Float32, copy: false, disposeAfter: false, non_blocking: false);

    /// <summary>A generator for draws of this batch, the same each time it is asked for.</summary>
    /// <param name="stream">What the draws are for: another number gives others.</param>
    public SeededRandom Random(int stream) => new(_seed, 1 + stream);

    /// <summary>Runs the network on other inputs: its outputs and what entered the head for them, in float32, both with gradients. They
    /// join the caller's dispose scope.</summary>
    /// <param name="input">The inputs; they stay the caller's.</param>
    public (Tensor Outputs, Tensor Features) Run(ModelInput input)
    {
        Tensor features = Pass.Features(input);
        return (Pass.Head(features), features);
    }

    /// <summary>Frees its hold on features.</summary>
    public void Dispose() => _features?.Dispose();

    /// <summary>Does something with another batch in the place of this one.</summary>
    internal StepLoss Around(Batch batch, Func<StepLoss> compute)
    {
        Batch outer = Batch;
        Batch = batch;
        try
        {
            return compute();
        }
        finally
        {
            Batch = outer;
        }
    }

    /// <summary>Computes the task's own loss and remembers what entered the head.</summary>
    internal StepLoss Compute(LearningTask task, Batch batch)
    {
        using ForwardTap tap = new()
        {
            ReplacesFeatures = batch.MixesFeatures,
            OnFeatures = features =>
            {
                _features?.Dispose();
                _features = features.alias().DetachFromDisposeScope();
            },
        };
        return task.Compute(Pass, batch);
    }
}
