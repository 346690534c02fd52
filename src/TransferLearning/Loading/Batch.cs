namespace TransferLearning;

/// <summary>Some examples that go through a network together. Whoever takes a batch from a loader disposes it.</summary>
public sealed class Batch : IDisposable
{
    /// <summary>Makes a batch that owns its tensors.</summary>
    /// <param name="input">What the network takes.</param>
    /// <param name="targets">What is to be learned, in the form that the task gives it; class numbers: [N] int64.</param>
    /// <param name="examples">The examples, one for each row of <paramref name="targets"/>.</param>
    /// <param name="indices">Which samples of the data set these are.</param>
    public Batch(ModelInput input, Tensor targets, IReadOnlyList<Example> examples, IReadOnlyList<int> indices)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(targets);
        (Input, Targets, Examples, Indices) = (input, targets.DetachFromDisposeScope(), examples, indices);
    }

    /// <summary>What the network takes.</summary>
    public ModelInput Input { get; }

    /// <summary>What is to be learned, in the form that the task gives it; class numbers: [N] int64.</summary>
    public Tensor Targets { get; }

    /// <summary>The examples, in the order of the rows.</summary>
    public IReadOnlyList<Example> Examples { get; }

    /// <summary>Which samples of the data set these are, in the order of the rows.</summary>
    public IReadOnlyList<int> Indices { get; }

    /// <summary>The number of examples.</summary>
    public int Count => Indices.Count;

    /// <summary>The number of the batch in its epoch: batches whose samples were all skipped are not delivered.</summary>
    public int Number { get; init; }

    /// <summary>What is done to the features of the examples before they enter the head; null for nothing.</summary>
    internal Func<Tensor, Tensor>? MixesFeatures { get; init; }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        Input.Dispose();
        Targets.Dispose();
    }

    /// <summary>The first examples as a batch of their own, which the caller disposes; this one stays as it is.</summary>
    internal Batch Narrow(int count)
        => new(Input.Narrow(count), Targets.narrow(0, 0, count), [.. Examples.Take(count)], [.. Indices.Take(count)]) { Number = Number };
}
