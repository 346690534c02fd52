namespace TransferLearning;

/// <summary>An adapter as a saved model describes it; its weights are among the network's.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Options">Its kind.</param>
/// <param name="HeadOutputs">How many outputs its own head has; null where it uses the network's.</param>
/// <param name="Task">What it is for, where it has a head of its own.</param>
internal sealed record SavedAdapter(string Name, AdapterOptions Options, long? HeadOutputs = null, SavedTask? Task = null)
{
    /// <summary>The adapters that a description names.</summary>
    public static IReadOnlyList<SavedAdapter> In(ModelDescription? saved)
        => saved?.Adapters ?? (saved?.Lora is { } lora ? [new SavedAdapter(AdapterChoice.Unnamed, lora)] : []);

    /// <summary>A model's adapters; null for none.</summary>
    /// <param name="adapters">The adapters.</param>
    /// <param name="taskOf">What one with a head of its own is for.</param>
    public static IReadOnlyList<SavedAdapter>? Of(NetworkAdapters adapters, Func<string, LearningTask?> taskOf)
        => adapters.All.Count == 0 ? null
            :
            [
                .. adapters.All.Select(adapter => new SavedAdapter(
                    adapter.Name,
                    adapter.Options,
                    adapter.HeadOutputs,
                    taskOf(adapter.Name) is { } task ? SavedTask.Of(task) : null)),
            ];

    /// <summary>Gives a network the adapters that a description names, for weights to come.</summary>
    public static void Attach(Network network, ModelDescription? saved, long seed)
    {
        foreach (SavedAdapter adapter in In(saved))
        {
            AdapterPlan.Attach(network, adapter.Options, seed, adapter.Name, adapter.HeadOutputs);
        }
    }
}
