namespace TransferLearning.Layers;

/// <summary>Which of a network's adapters is used: the one chosen for the network, or for the calls of one flow of control.</summary>
/// <remarks>The choice for calls flows with them, into tasks and threads that they start, and other callers do not see it.</remarks>
internal sealed class AdapterChoice
{
    /// <summary>The name of the adapter that has no name of its own.</summary>
    public const string Unnamed = "default";

    private readonly AsyncLocal<Call?> _call = new();
    private volatile string? _used;

    /// <summary>The adapter that is used where a call chooses none; null for none.</summary>
    public string? Used
    {
        get => _used;
        set => _used = value;
    }

    /// <summary>The adapter that is used now; null for none.</summary>
    public string? Active => _call.Value is { } call ? call.Name : _used;

    /// <summary>Chooses one for the calls that are made until the result is disposed.</summary>
    /// <param name="name">The adapter; null for none.</param>
    public IDisposable Choose(string? name)
    {
        Choice choice = new(_call, _call.Value);
        _call.Value = new Call(name);
        return choice;
    }

    private sealed record Call(string? Name);

    private sealed class Choice(AsyncLocal<Call?> call, Call? outer) : IDisposable
    {
        public void Dispose() => call.Value = outer;
    }
}
