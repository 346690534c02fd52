namespace TransferLearning;

/// <summary>One optimiser step from one or more batches: the gradient is that of all of them as one batch.</summary>
internal sealed class TrainingStep : IDisposable
{
    private readonly TrainingPlan _plan;
    private readonly FineTuneOptions _options;
    private readonly OptimizerState _optimizer;
    private readonly WeightAverage? _average;
    private readonly WeightSnapshot? _statistics;
    private readonly Device _device;
    private readonly Tensor[] _parameters;
    private double _share;
    private int _batches;

    public TrainingStep(TrainingPlan plan, FineTuneOptions options, OptimizerState optimizer, WeightAverage? average)
    {
        (_plan, _options, _optimizer, _average) = (plan, options, optimizer, average);
        _parameters = [.. plan.Groups.SelectMany(part => part.Parameters.Select(entry => entry.Parameter))];
        _device = _parameters[0].is_cuda ? Device.Cuda((int)_parameters[0].device_index) : Device.Cpu;
        _statistics = options.AccumulationSteps > 1 ? WeightSnapshot.OfBuffers(plan.Network) : null;
        Losses = new PendingLosses(_device.IsCuda ? PendingLosses.OnGpu : 1);
        ThrowIfPrecisionIsNotServed();
    }

    /// <summary>The losses of the batches.</summary>
    public PendingLosses Losses { get; }

    /// <summary>How many batches are in the step that is being made.</summary>
    public int BatchesInStep => _batches;

    /// <summary>The norm of the last step's gradients before clipping, where that is measured.</summary>
    public double? GradientNorm { get; private set; }

    /// <summary>Parts of the network that were computed twice in the last batch, to save memory.</summary>
    public int RecomputedParts { get; private set; }

    /// <summary>Adds the gradient of one batch.</summary>
    /// <param name="batch">The batch, which stays the caller's.</param>
    /// <param name="epoch">From 0.</param>
    /// <param name="number">The number of the batch in the epoch, from 0.</param>
    public void Add(Batch batch, int epoch, int number)
    {
        if (_batches == 0)
        {
            _optimizer.ZeroGrad();
            _statistics?.Update();
        }

        SeededRandom draws = new(_options.Seed, epoch, number);
        ulong seed = draws.NextUInt64() >> 1;
        try
        {
            _share += Backward(batch, seed, result => Losses.Add(result, epoch, number, _optimizer.LearningRate));
        }
        catch (Exception exception) when (TrainingFault.IsOutOfMemory(exception))
        {
            throw TrainingFault.OutOfMemory(epoch, number, batch.Count, LargestThatFits(batch, seed), exception);
        }

        _batches++;
    }

    /// <summary>Changes the weights by the gradients gathered.</summary>
    public void Take(int epoch, int number)
    {
        if (_options.AccumulationSteps > 1)
        {
            Scale(1 / _share);
        }

        GradientNorm = _options.Clipping?.Apply(_parameters);
        if (GradientNorm is { } norm && !double.IsFinite(norm))
        {
            throw TrainingFault.NotFinite($"The norm of the gradients is {norm}", epoch, number, _optimizer.LearningRate);
        }

        _optimizer.Step();
        _average?.Update();
        (_share, _batches) = (0, 0);
    }

    /// <summary>Forgets a step that is not taken, as if its batches had never been seen.</summary>
    public void Drop()
    {
        if (_batches > 0)
        {
            _optimizer.ZeroGrad();
            _statistics?.Restore();
            Losses.DropStep();
            (_share, _batches) = (0, 0);
        }
    }

    public void Dispose()
    {
        Losses.Dispose();
        _statistics?.Dispose();
    }

    /// <summary>Runs one batch forward and backward; returns its share in the step.</summary>
    private double Backward(Batch batch, ulong seed, Action<StepLoss>? report)
    {
        using DisposeScope scope = NewDisposeScope();
        using TrainingPass pass = new(seed, _options.GradientCheckpointing);
        manual_seed((long)seed); // for layers that are not of this library
        StepLoss result = Compute(batch);
        report?.Invoke(result);
        pass.Backward(_options.AccumulationSteps > 1 ? result.Loss.Multiply(result.Share) : result.Loss);
        RecomputedParts = pass.PartCount;
        return result.Share;
    }

    private StepLoss Compute(Batch batch)
    {
        using Autocast? mixed = _options.Precision == Precision.BFloat16 ? new Autocast(_device.Type) : null;
        return _plan.Task.Compute(_plan.Pass, batch);
    }

    private void Scale(double factor)
    {
        using IDisposable guard = no_grad();
        using Scalar scale = factor.ToScalar();
        foreach (Tensor parameter in _parameters)
        {
            using Tensor? gradient = parameter.grad;
            gradient?.mul_(scale);
        }
    }

    /// <summary>Halves the batch until a step of it fits, and leaves everything as it was.</summary>
    private int LargestThatFits(Batch batch, ulong seed)
    {
        using WeightSnapshot? before = _statistics is null ? WeightSnapshot.OfBuffers(_plan.Network) : null;
        for (int count = batch.Count / 2; count > 0; count /= 2)
        {
            _optimizer.ZeroGrad();
            try
            {
                using Batch part = batch.Narrow(count);
                Backward(part, seed, null);
                return Undone(count);
            }
            catch (Exception exception) when (TrainingFault.IsOutOfMemory(exception) || exception is InvalidOperationException)
            {
                // Then half of it is tried; a batch norm refuses a batch of one.
            }
        }

        return Undone(0);

        int Undone(int found)
        {
            _optimizer.ZeroGrad();
            (before ?? _statistics)!.Restore();
            return found;
        }
    }

    private void ThrowIfPrecisionIsNotServed()
    {
        if (_options.Precision == Precision.BFloat16 && !_device.IsCuda && !Autocast.ProcessorHasBFloat16)
        {
            throw new NotSupportedException(
                "This processor does not multiply bfloat16 (it has neither AVX512_BF16 nor AMX), where mixed precision would be slower "
                    + "than float32. Use Precision.Float32, or a GPU.");
        }
    }
}
