namespace TransferLearning;

/// <summary>
/// Adapts a classifier to the inputs themselves while it predicts, without labels: each batch is normalised by its own statistics, and a
/// step on the weights and biases of the normalisations makes its predictions surer. TENT (Wang et al., "Tent: Fully Test-Time Adaptation
/// by Entropy Minimization", 2021).
/// </summary>
/// <remarks>
/// <para>Batch norms take the statistics of the batch; weights and biases of batch, layer and group norms are adapted. That happens to
/// copies, which last for one evaluation or prediction: the model does not change, and other threads may use it meanwhile.</para>
/// <para>It needs batches of a mixture of classes, 64 samples or more, and helps against a change of the images, such as noise or weather,
/// not against new classes. It costs about three times the work.</para>
/// </remarks>
public sealed record EntropyAdaptation
{
    /// <summary>The optimizer of the steps. Default: Adam with a learning rate of 0.001, the authors' for CIFAR; for ImageNet theirs is
    /// <c>new Sgd(0.00025, momentum: 0.9)</c>.</summary>
    public Optimizer Optimizer { get; init; } = new Adam(1e-3);

    /// <summary>How many steps each batch gives. With 0 only the statistics are those of the batch (Nado et al., "Evaluating
    /// Prediction-Time Batch Normalization", 2020). Default: 1.</summary>
    public int Steps { get; init => field = ValidNumber.AtLeast(value, 0, nameof(Steps)); } = 1;

    /// <summary>
    /// Whether each batch begins with the model as it is, and is predicted after its own steps. Default: false, what was adapted lasts for
    /// the batches that follow, and a batch is predicted by the pass from which its last step comes, as the authors do.
    /// </summary>
    public bool Episodic { get; init; }

    /// <summary>What fixes the order of the samples, which is random, because data sets are often sorted by class. Null keeps the order of
    /// the data set. Default: 0.</summary>
    public long? ShuffleSeed { get; init; } = 0;

    /// <summary>Begins to adapt a network.</summary>
    /// <exception cref="ArgumentException">The task or the network has nothing that could be adapted.</exception>
    internal EntropyAdapter Begin(Network network, LearningTask task)
    {
        ArgumentNullException.ThrowIfNull(Optimizer);
        if (task is not Classification)
        {
            throw new ArgumentException(
                $"{nameof(EntropyAdaptation)} makes predicted classes surer, and this model is for {task.Name}: leave it out.");
        }

        EntropyAdapter adapter = new(network, this);
        if (adapter.Parameters.Count > 0)
        {
            return adapter;
        }

        adapter.Dispose();
        throw new ArgumentException(
            $"{network.GetName()} has no batch, layer or group norm that {nameof(EntropyAdaptation)} could adapt: leave it out.");
    }

    /// <summary>How samples are read.</summary>
    internal LoaderOptions Reading(LoaderOptions plain)
        => ShuffleSeed is { } seed ? plain with { Shuffle = true, Seed = seed } : plain;
}
