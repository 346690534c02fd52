namespace TransferLearning;

/// <summary>A model that <see cref="ModelAdvisor"/> ranks.</summary>
public sealed record ModelCandidate
{
    private readonly Func<TransferModel> _create;

    /// <summary>A model that the advisor makes when its turn comes and disposes after it, so that no two are in memory at once.</summary>
    /// <param name="name">What it is called in the table; no two candidates share a name.</param>
    /// <param name="create">Makes the model, such as <c>() =&gt; Pretrained.ResNet18()</c>; it may be called more than once.</param>
    public ModelCandidate(string name, Func<TransferModel> create)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(create);
        (Name, _create, IsMadeHere) = (name, create, true);
    }

    /// <summary>A model that stays the caller's and is not changed, so no steps of training are timed on it.</summary>
    /// <param name="name">What it is called in the table; no two candidates share a name.</param>
    /// <param name="model">The model.</param>
    public ModelCandidate(string name, TransferModel model)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(model);
        (Name, _create, IsMadeHere) = (name, () => model, false);
    }

    /// <summary>What it is called.</summary>
    public string Name { get; }

    /// <summary>Whether the advisor makes and disposes it.</summary>
    internal bool IsMadeHere { get; }

    /// <summary>The model.</summary>
    /// <exception cref="InvalidOperationException">It could not be made; the message names the candidate.</exception>
    internal TransferModel Open()
    {
        try
        {
            return _create() ?? throw new InvalidOperationException("the factory gave null");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw new InvalidOperationException($"The candidate '{Name}' could not be made: {exception.Message}", exception);
        }
    }
}
