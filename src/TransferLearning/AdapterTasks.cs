namespace TransferLearning;

/// <summary>What a model is for, and what adapters with a head of their own are for.</summary>
/// <param name="choice">Which adapter is used.</param>
/// <param name="task">What the model itself is for.</param>
internal sealed class AdapterTasks(AdapterChoice choice, LearningTask task)
{
    private readonly Dictionary<string, LearningTask> _own = [];

    /// <summary>What the model itself is for.</summary>
    public LearningTask OfModel { get; set; } = task;

    /// <summary>What it is for with the adapter in use.</summary>
    public LearningTask Current
    {
        get => choice.Active is { } name ? Of(name) ?? OfModel : OfModel;
        set
        {
            if (choice.Active is { } name && _own.ContainsKey(name))
            {
                _own[name] = value;
            }
            else
            {
                OfModel = value;
            }
        }
    }

    /// <summary>What an adapter with a head of its own is for; null for another.</summary>
    public LearningTask? Of(string name) => _own.GetValueOrDefault(name);

    /// <summary>Says what an adapter is for; null for what the model is for.</summary>
    public void Set(string name, LearningTask? task)
    {
        _own.Remove(name);
        if (task is not null)
        {
            _own.Add(name, task);
        }
    }

    /// <summary>Takes over what a description says of adapters that the network has.</summary>
    public void Restore(NetworkAdapters adapters, ModelDescription saved)
    {
        IReadOnlyList<SavedAdapter> all = SavedAdapter.In(saved);
        adapters.Take(
            [.. all.Select(adapter => new NamedAdapter(adapter.Name, adapter.Options, adapter.HeadOutputs))],
            saved.Adapters is null && all.Count > 0 ? all[0].Name : saved.UsedAdapter);
        foreach (SavedAdapter adapter in all.Where(adapter => adapter.Task is not null))
        {
            Set(adapter.Name, adapter.Task!.ToTask(adapter.Name, null));
        }
    }
}
