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
    private readonly StepExchange? _exchange;
    private readonly bool _isSummed;
    private StepTotals _pending;
    private double _share;
    private int _batches;
    private int _samples;

    public TrainingStep(TrainingPlan plan, FineTuneOptions options, OptimizerState optimizer, WeightAverage? average)
    {
        bool isAlone = plan.Ranks.IsAlone;
        _isSummed = options.AccumulationSteps > 1 || !isAlone;
        SynchronizesNorms = !isAlone && options.Distributed is { SynchronizedBatchNorm: true };
        IsLocal = !isAlone && options.Distributed is { AverageEvery: > 1 };
        (_plan, _options, _optimizer, _average) = (plan, options, optimizer, average);
        _parameters = [.. plan.Groups.SelectMany(part => part.Parameters.Select(entry => entry.Parameter))];
        _device = _parameters[0].is_cuda ? Device.Cuda((int)_parameters[0].device_index) : Device.Cpu;
        _statistics = _isSummed ? WeightSnapshot.OfBuffers(plan.Network) : null;
        _exchange = isAlone
            ? null
            : new StepExchange(
                plan.Ranks,
                plan.Network,
                [.. IsLocal ? optimizer.Averaged : _parameters.Select(ExchangedTensor.GradientOf)],
                options.Distributed?.GradientPrecision ?? Precision.Float32,
                weighted: IsLocal);
        Losses = new PendingLosses(_device.IsCuda ? PendingLosses.OnGpu : 1);
        ThrowIfPrecisionIsNotServed();
    }

    /// <summary>The losses of the batches.</summary>
    public PendingLosses Losses { get; }

    /// <summary>Whether each process takes steps of its own, and weights are averaged now and then.</summary>
    public bool IsLocal { get; }

    /// <summary>The norm of the last step's gradients before clipping, where that is measured.</summary>
    public double? GradientNorm { get; private set; }

    /// <summary>Parts of the network that were computed twice in the last batch, to save memory.</summary>
    public int RecomputedParts { get; private set; }

    /// <summary>Whether batch norms normalise over the batches of all processes.</summary>
    public bool SynchronizesNorms { get; }

    /// <summary>Whether every process has a batch in this round.</summary>
    public bool SharesStatistics { get; set; }

    /// <summary>Begins a step.</summary>
    public void Begin()
    {
        _optimizer.ZeroGrad();
        _statistics?.Update();
        if (_pending == default)
        {
            _exchange?.Begin();
        }
    }

    /// <summary>Adds the gradient of one batch.</summary>
    /// <param name="batch">The batch, which stays the caller's.</param>
    /// <param name="epoch">From 0.</param>
    /// <param name="number">The number of the batch in the epoch, from 0.</param>
    public void Add(Batch batch, int epoch, int number)
    {
        SeededRandom draws = new(_options.Seed, epoch, number);
        ulong seed = draws.NextUInt64() >> 1;
        try
        {
            _share += Backward(batch, (epoch, number), seed, result => Losses.Add(result, epoch, number, _optimizer.LearningRate));
        }
        catch (Exception exception) when (TrainingFault.IsOutOfMemory(exception))
        {
            int? fits = SynchronizesNorms ? null : LargestThatFits(batch, (epoch, number), seed);
            throw TrainingFault.OutOfMemory(epoch, number, batch.Count, fits, exception);
        }

        _batches++;
        _samples += batch.Count;
    }

    /// <summary>
    /// Sums the step over all processes, whose gradients are then those of all batches. Where each takes steps of its own, takes this
    /// one's, and averages the weights if it is time.
    /// </summary>
    /// <param name="isStopped">Whether the caller has cancelled.</param>
    /// <param name="averages">Whether it is time.</param>
    /// <param name="epoch">From 0.</param>
    /// <param name="number">The number of the last batch that may be in the step.</param>
    public StepTotals Share(bool isStopped, bool averages, int epoch, int number)
    {
        if (_exchange is null)
        {
            return new StepTotals(isStopped, _batches, _samples, _share, 0, 0, 0);
        }

        _plan.Ranks.Guard(() =>
        {
            IReadOnlyList<(double Loss, long Items, long? Correct)> losses = Losses.Take();
            _pending = _pending.And(new StepTotals(
                isStopped,
                _batches,
                _samples,
                _share,
                losses.Sum(entry => entry.Loss * entry.Items),
                losses.Sum(entry => entry.Items),
                losses.Sum(entry => entry.Correct ?? double.NaN)));
            if (IsLocal && _batches > 0)
            {
                Scale(1 / _share);
                Update(epoch, number);
            }
        });
        if (IsLocal && !averages)
        {
            return default;
        }

        StepTotals all = _exchange.Sum(_pending);
        _pending = default;
        _share = all.Share;
        if (IsLocal)
        {
            _optimizer.TakeSteps(_plan.Ranks.Gather(_optimizer.Steps));
        }

        if (all.Batches > 0 && (IsLocal || !all.IsStopped))
        {
            Losses.Put(all);
        }

        return all;
    }

    /// <summary>Changes the weights by the gradients gathered, unless each process has done so by its own.</summary>
    public void Take(int epoch, int number)
    {
        if (!IsLocal)
        {
            if (_exchange is null && _isSummed)
            {
                Scale(1 / _share);
            }

            Update(epoch, number);
        }
    }

    /// <summary>Forgets a step that is not taken, as if its batches had never been seen.</summary>
    public void Drop()
    {
        _optimizer.ZeroGrad();
        _statistics?.Restore();
        Losses.DropStep();
        (_share, _batches, _samples) = (0, 0, 0);
    }

    public void Dispose()
    {
        Losses.Dispose();
        _statistics?.Dispose();
        _exchange?.Dispose();
    }

    private void Update(int epoch, int number)
    {
        _plan.Methods.AfterBackward();
        GradientNorm = _options.Clipping?.Apply(_parameters);
        if (GradientNorm is { } norm && !double.IsFinite(norm))
        {
            throw TrainingFault.NotFinite($"The norm of the gradients is {norm}", epoch, number, _optimizer.LearningRate);
        }

        _optimizer.Step();
        _plan.Methods.AfterStep();
        _average?.Update(epoch, number);
        (_share, _batches, _samples) = (0, 0, 0);
    }

    /// <summary>Runs one batch forward and backward; returns its share in the step.</summary>
    private double Backward(Batch batch, (int Epoch, int Number) place, ulong seed, Action<StepLoss>? report)
    {
        using DisposeScope scope = NewDisposeScope();
        using TrainingPass pass = new(seed, _options.GradientCheckpointing)
        {
            SharesStatistics = SynchronizesNorms && SharesStatistics ? _plan.Ranks : null,
        };
        manual_seed((long)seed); // for layers that are not of this library
        using MethodStep step = new(
            _plan.Pass, batch, (long)seed, place.Epoch, (place.Epoch + ((double)place.Number / _plan.BatchCount)) / _options.Epochs);
        StepLoss result = Compute(step);
        if (pass.SharesStatistics is null)
        {
            report?.Invoke(result);
        }
        else
        {
            _plan.Ranks.Guard(() => report?.Invoke(result));
            _plan.Ranks.Check(); // the backward pass needs all
        }

        pass.Backward(_isSummed ? result.Loss.Multiply(result.Share) : result.Loss);
        RecomputedParts = pass.PartCount;
        return result.Share;
    }

    private StepLoss Compute(MethodStep step)
    {
        using Autocast? mixed = _options.Precision == Precision.BFloat16 ? new Autocast(_device.Type) : null;
        return _plan.Methods.Compute(_plan.Task, step);
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
    private int LargestThatFits(Batch batch, (int Epoch, int Number) place, ulong seed)
    {
        using WeightSnapshot? before = _statistics is null ? WeightSnapshot.OfBuffers(_plan.Network) : null;
        for (int count = batch.Count / 2; count > 0; count /= 2)
        {
            _optimizer.ZeroGrad();
            try
            {
                using Batch part = batch.Narrow(count);
                Backward(part, place, seed, null);
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
