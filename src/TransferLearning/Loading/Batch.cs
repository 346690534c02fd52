using TorchSharp;

namespace TransferLearning;

/// <summary>Some examples stacked into tensors. Whoever takes a batch from a loader disposes it.</summary>
public sealed class Batch : IDivisibleBatch
{
    /// <summary>Makes a batch that owns its tensors.</summary>
    /// <param name="inputs">What the network takes; pictures: [N, 3, H, W] float32.</param>
    /// <param name="labels">The class numbers, [N] int64.</param>
    /// <param name="indices">Which samples of the data set these are.</param>
    public Batch(torch.Tensor inputs, torch.Tensor labels, IReadOnlyList<int> indices)
    {
        Inputs = inputs;
        Labels = labels;
        Indices = indices;
    }

    /// <summary>What the network takes; pictures: [N, 3, H, W] float32.</summary>
    public torch.Tensor Inputs { get; }

    /// <summary>The class numbers, [N] int64.</summary>
    public torch.Tensor Labels { get; }

    /// <summary>Which samples of the data set these are, in the order of the rows.</summary>
    public IReadOnlyList<int> Indices { get; }

    /// <summary>How many examples there are.</summary>
    public int Count => Indices.Count;

    /// <summary>The number of the batch in its epoch, where the loader knows it: batches whose samples were all skipped are not delivered.</summary>
    internal int? Number { get; init; }

    /// <summary>Frees both tensors.</summary>
    public void Dispose()
    {
        Inputs.Dispose();
        Labels.Dispose();
    }

    IBatch IDivisibleBatch.Take(int count)
        => new Batch(
            Inputs.narrow(0, 0, count).DetachFromDisposeScope(), Labels.narrow(0, 0, count).DetachFromDisposeScope(), [.. Indices.Take(count)]);
}
