namespace TransferLearning;

/// <summary>The running state of a <see cref="WeightAveraging"/>. It owns the averages.</summary>
internal sealed class WeightAverage : IDisposable
{
    private readonly WeightAveraging _rule;
    private readonly AveragingPace _pace;
    private readonly (string Name, Tensor Weight)[] _weights;
    private readonly Tensor[] _averages;
    private readonly (Network Network, Action Take)? _statistics;
    private WeightSnapshot? _buffersBefore;

    /// <param name="rule">How it is averaged.</param>
    /// <param name="weights">What is averaged; it stays the caller's.</param>
    /// <param name="pace">How long the run is.</param>
    /// <param name="statistics">Lets the network's batch norms take their statistics from data, where the average needs that.</param>
    public WeightAverage(
        WeightAveraging rule, IEnumerable<(string Name, Tensor Weight)> weights, AveragingPace pace,
        (Network Network, Action Take)? statistics = null)
    {
        (_rule, _pace, _statistics) = (rule, pace, statistics);
        _weights = [.. weights];
        _averages = [.. _weights.Select(entry => WeightSnapshot.Copy(entry.Weight))];
    }

    /// <summary>How many steps are in the average.</summary>
    public long Updates { get; private set; }

    /// <summary>The averages by the names of their weights.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Named => _weights.Select((entry, i) => KeyValuePair.Create(entry.Name, _averages[i]));

    /// <summary>The average of a run; null where it has none.</summary>
    public static WeightAverage? Of(TrainingPlan plan, FineTuneOptions options, IBatchSource source)
        => options.Average is not { } rule
            ? null
            : new WeightAverage(
                rule,
                [
                    .. plan.Groups.SelectMany(part => part.Parameters),
                    .. rule.AveragesBuffers
                        ? ModuleState.Of(plan.Network)
                            .Where(entry => entry.Value is not Parameter)
                            .Select(entry => (entry.Key, entry.Value))
                        : [],
                ],
                AveragingPace.Of(plan, options),
                rule.UpdatesBatchNorms ? Statistics(plan, source) : null);

    /// <summary>Takes a step's weights in.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    /// <param name="batch">The number of the step's last batch in it.</param>
    public void Update(int epoch, int batch)
    {
        if (_rule.Kept(new AveragingMoment(Updates, epoch, batch / _pace.BatchesPerStep, _pace)) is not { } kept)
        {
            return;
        }

        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Updates++;
        Tensor? share = null;
        for (int i = 0; i < _averages.Length; i++)
        {
            Tensor weight = _weights[i].Weight;
            if (!weight.is_floating_point())
            {
                _averages[i].copy_(weight); // counts of batches
                continue;
            }

            share = share is not null && share.dtype == weight.dtype ? share : Scalars.Full([], 1 - kept, weight.dtype, weight.device);
            _averages[i].lerp_(weight, share);
        }
    }

    /// <summary>Puts the averages into the network and its weights here; a second call undoes it bit for bit. Without a step in the average
    /// it does nothing.</summary>
    public void Exchange()
    {
        if (Updates == 0)
        {
            return;
        }

        using (no_grad())
        {
            for (int i = 0; i < _averages.Length; i++)
            {
                WeightSnapshot.Exchange(_weights[i].Weight, _averages[i]);
            }
        }

        if (_buffersBefore is { } before)
        {
            before.Restore();
            before.Dispose();
            _buffersBefore = null;
        }
        else if (_statistics is { } statistics)
        {
            _buffersBefore = WeightSnapshot.OfBuffers(statistics.Network);
            statistics.Take();
        }
    }

    /// <summary>Resumes from saved averages.</summary>
    public void Load(IReadOnlyDictionary<string, Tensor> saved, long updates)
    {
        using IDisposable guard = no_grad();
        Updates = updates;
        for (int i = 0; i < _averages.Length; i++)
        {
            _averages[i].copy_(saved[_weights[i].Name]);
        }
    }

    public void Dispose()
    {
        Array.ForEach(_averages, average => average.Dispose());
        _buffersBefore?.Dispose();
    }

    private static bool IsForeign(nn.Module module)
        => module is not BatchNorm2d && module.GetName().StartsWith("BatchNorm", StringComparison.Ordinal);

    // The batch norms whose statistics the run changes.
    private static (Network Network, Action Take)? Statistics(TrainingPlan plan, IBatchSource source)
    {
        if (plan.Network.modules().FirstOrDefault(IsForeign) is { } foreign)
        {
            throw new ArgumentException(
                $"An average that takes statistics of batch norms anew serves those of this library, and {plan.Network.GetName()} has a "
                    + $"{foreign.GetType().FullName}: build it with TransferLearning.Layers.BatchNorm2d, or average with "
                    + $"{nameof(ExponentialMovingAverage)}.");
        }

        TrainingMode.Enter(plan.Network, plan.FreezeStatistics);
        HashSet<BatchNorm2d> norms = [.. plan.Network.modules().OfType<BatchNorm2d>().Where(norm => norm.training)];
        plan.Network.eval();
        return norms.Count == 0
            ? null
            : (plan.Network, () => BatchNormUpdate.Run(plan.Network, plan.Pass, source, 1, null, default, norms.Contains));
    }
}
