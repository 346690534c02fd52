namespace TransferLearning;

/// <summary>The mean of the states of networks of one kind, summed in float64; what is no floating-point number (counts of batches) is left
/// as it is. It owns the sums.</summary>
internal sealed class WeightMean : IDisposable
{
    private readonly Dictionary<string, Tensor> _sums = [];

    /// <summary>How many states are in it.</summary>
    public int Count { get; private set; }

    /// <summary>Takes a state in.</summary>
    public void Add(IEnumerable<KeyValuePair<string, Tensor>> state)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Count++;
        foreach ((string name, Tensor tensor) in state.Where(entry => entry.Value.is_floating_point()))
        {
            Tensor exact = tensor.detach().cpu().to(ScalarType.Float64);
            if (_sums.TryGetValue(name, out Tensor? sum))
            {
                sum.AddInPlace(exact);
            }
            else
            {
                _sums[name] = exact.clone().DetachFromDisposeScope();
            }
        }
    }

    /// <summary>Writes the mean, with one state more or not, into a network's state.</summary>
    /// <param name="target">The state that is written to, of the same names.</param>
    /// <param name="another">A state that counts as one more; null for none. It may be the target.</param>
    public void CopyTo(
        IEnumerable<KeyValuePair<string, Tensor>> target, IReadOnlyList<KeyValuePair<string, Tensor>>? another = null)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Tensor>? more = another?.ToDictionary(entry => entry.Key, entry => entry.Value);
        foreach ((string name, Tensor tensor) in target.Where(entry => entry.Value.is_floating_point()))
        {
            Tensor sum = more is null ? _sums[name] : _sums[name].Add(more[name].detach().cpu().to(ScalarType.Float64));
            tensor.copy_(sum.Divide(Count + (more is null ? 0 : 1)));
        }
    }

    /// <summary>(1 − alpha) · first + alpha · second.</summary>
    public static Tensor Between(Tensor first, Tensor second, double alpha)
    {
        using Tensor share = Scalars.Full([], alpha, first.dtype, first.device);
        return lerp(first, second, share);
    }

    public void Dispose()
    {
        foreach (Tensor sum in _sums.Values)
        {
            sum.Dispose();
        }
    }
}
