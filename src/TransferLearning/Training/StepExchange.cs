using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>
/// Sums a step over all processes in one call: gradients, or weights and what the optimizer remembers, the statistics of batch norms that
/// learn, the counts of the step, and whether a process has stopped or failed. It owns the memory of the sums, in which gradients lie
/// afterwards.
/// </summary>
/// <param name="ranks">The processes; more than one.</param>
/// <param name="network">What is trained.</param>
/// <param name="values">What is summed.</param>
/// <param name="precision">In which number type that travels.</param>
/// <param name="weighted">Whether the values are weighted with the shares of the processes here; gradients have been already.</param>
internal sealed class StepExchange(
    Ranks ranks, Network network, IReadOnlyList<ExchangedTensor> values, Precision precision, bool weighted) : IDisposable
{
    private readonly List<Tensor> _statistics = [];
    private readonly List<(Tensor Counter, long Before)> _counters = [];
    private TensorBucket? _bucket;

    /// <summary>Notes the counts of batch norms before a step, while the network is in training mode.</summary>
    public void Begin()
    {
        if (_bucket is null)
        {
            foreach ((string name, Tensor buffer) in network.modules().Where(module => module.training)
                .SelectMany(module => module.named_buffers(recurse: false)))
            {
                // PyTorch's names for what a batch norm learns without a gradient, whoever made the layer.
                if (name is "running_mean" or "running_var")
                {
                    _statistics.Add(buffer);
                }
                else if (name is "num_batches_tracked")
                {
                    _counters.Add((buffer, 0));
                }
            }

            _bucket = new TensorBucket(
                ranks,
                [
                    .. values.Select(value => value.Like).Concat(_statistics).Select(tensor => tensor.shape),
                    .. _counters.Select(_ => Array.Empty<long>()),
                ],
                StepTotals.Count,
                precision == Precision.BFloat16 ? values.Count : 0);
        }

        for (int i = 0; i < _counters.Count; i++)
        {
            _counters[i] = _counters[i] with { Before = _counters[i].Counter.item<long>() };
        }
    }

    /// <summary>
    /// Exchanges a step. Afterwards every process has the values of all as one, and batch norms the mean of their statistics, unless the
    /// step has no batch, or gradients of a stopped step would be of no use.
    /// </summary>
    /// <param name="own">What this process adds.</param>
    /// <exception cref="CollectiveException">Another process has failed; this process's own exception, if it has.</exception>
    public StepTotals Sum(StepTotals own)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor?[] tensors = new Tensor?[values.Count + _statistics.Count + _counters.Count];
        if (!ranks.HasFailed && own.Batches > 0)
        {
            tensors =
            [
                .. values.Select(value => weighted ? value.Get()?.Multiply(own.Share) : value.Get()),
                .. _statistics.Select(statistic => statistic.Multiply(own.Batches)),
                .. _counters.Select(entry => entry.Counter.Subtract(entry.Before)),
            ];
        }

        StepTotals all = StepTotals.Of(_bucket!.Sum(tensors, own.ToNumbers()));
        if (all.Batches == 0 || (all.IsStopped && !weighted))
        {
            return all;
        }

        _bucket.Scale(values.Count, 1 / all.Share);
        for (int i = 0; i < values.Count; i++)
        {
            if (_bucket[i] is { } sum)
            {
                values[i].Set(sum);
            }
        }

        for (int i = 0; i < _statistics.Count; i++)
        {
            _statistics[i].copy_(_bucket[values.Count + i]!.Multiply(1.0 / all.Batches));
        }

        for (int i = 0; i < _counters.Count; i++)
        {
            (Tensor counter, long before) = _counters[i];
            counter.copy_(_bucket[values.Count + _statistics.Count + i]!.Add(before));
        }

        return all;
    }

    public void Dispose() => _bucket?.Dispose();
}
