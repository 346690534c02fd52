namespace TransferLearning;

/// <summary>The running state of an <see cref="ExponentialMovingAverage"/>. It owns the averages.</summary>
internal sealed class WeightAverage : IDisposable
{
    private readonly ExponentialMovingAverage _rule;
    private readonly (string Name, Tensor Weight)[] _weights;
    private readonly Tensor[] _averages;

    public WeightAverage(ExponentialMovingAverage rule, IReadOnlyList<ParameterGroup> groups)
    {
        _rule = rule;
        _weights = [.. groups.SelectMany(part => part.Parameters)];
        _averages = [.. _weights.Select(entry => WeightSnapshot.Copy(entry.Weight))];
    }

    /// <summary>How many steps are in the average.</summary>
    public long Updates { get; private set; }

    /// <summary>The averages by the names of their weights.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Named => _weights.Select((entry, i) => KeyValuePair.Create(entry.Name, _averages[i]));

    /// <summary>Takes a step's weights in.</summary>
    public void Update()
    {
        using IDisposable guard = no_grad();
        using Tensor share = tensor(1 - _rule.DecayAfter(Updates++), ScalarType.Float32, _averages[0].device);
        for (int i = 0; i < _averages.Length; i++)
        {
            _averages[i].lerp_(_weights[i].Weight, share);
        }
    }

    /// <summary>Puts the averages into the network and its weights here; a second call undoes it bit for bit.</summary>
    public void Exchange()
    {
        using IDisposable guard = no_grad();
        for (int i = 0; i < _averages.Length; i++)
        {
            using Tensor weight = _weights[i].Weight.clone();
            _weights[i].Weight.copy_(_averages[i]);
            _averages[i].copy_(weight);
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

    public void Dispose() => Array.ForEach(_averages, average => average.Dispose());
}
