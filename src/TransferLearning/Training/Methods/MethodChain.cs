namespace TransferLearning;

/// <summary>The methods that join a run, one around the other; the first is the outermost. It owns their states.</summary>
internal sealed class MethodChain : IDisposable
{
    private readonly List<(string Name, TrainingMethodState State)> _methods = [];

    /// <summary>No methods.</summary>
    public static MethodChain None { get; } = new();

    /// <summary>What they train beside the network.</summary>
    public IReadOnlyList<ParameterGroup> Groups =>
    [
        .. _methods.SelectMany(method => method.State.Parameters.Select(entry => new ParameterGroup(
            method.Name, [($"{method.Name}.{entry.Name}", entry.Parameter)], entry.RateFactor))),
    ];

    /// <summary>What a checkpoint holds of them.</summary>
    public IEnumerable<KeyValuePair<string, Tensor>> Saved => _methods.SelectMany(method => method.State.Parameters
        .Select(entry => (entry.Name, entry.Parameter))
        .Concat(method.State.Saved)
        .Select(entry => KeyValuePair.Create($"{method.Name}.{entry.Item1}", entry.Item2)));

    /// <summary>Begins a run.</summary>
    public static MethodChain Begin(TrainingMethodContext context)
    {
        if (context.Options.Methods.Count == 0)
        {
            return None;
        }

        MethodChain chain = new();
        try
        {
            foreach (TrainingMethod method in context.Options.Methods)
            {
                if (context.Options.GradientCheckpointing && !method.ServesRecomputation)
                {
                    throw new ArgumentException(
                        $"{method.GetType().Name} needs what layers gave in the forward pass, which "
                            + $"{nameof(FineTuneOptions.GradientCheckpointing)} computes again: leave one of them out.");
                }

                chain._methods.Add(($"{chain._methods.Count}.{method.GetType().Name}", method.Begin(context)));
            }
        }
        catch
        {
            chain.Dispose();
            throw;
        }

        return chain;
    }

    public void BeforeEpoch(int epoch) => _methods.ForEach(method => method.State.BeforeEpoch(epoch));

    public StepLoss Compute(LearningTask task, MethodStep step)
    {
        Func<Batch, StepLoss> next = batch => step.Compute(task, batch);
        for (int i = _methods.Count - 1; i >= 0; i--)
        {
            (Func<Batch, StepLoss> inner, TrainingMethodState state) = (next, _methods[i].State);
            next = batch => step.Around(batch, () => state.Compute(step, inner));
        }

        return next(step.Batch);
    }

    public void AfterBackward() => _methods.ForEach(method => method.State.AfterBackward());

    public void AfterStep() => _methods.ForEach(method => method.State.AfterStep());

    /// <summary>Resumes from a checkpoint.</summary>
    public void Load(IReadOnlyDictionary<string, Tensor> saved)
    {
        using IDisposable guard = no_grad();
        foreach ((string name, Tensor tensor) in Saved)
        {
            tensor.copy_(saved[name]);
        }
    }

    public void Dispose() => _methods.ForEach(method => method.State.Dispose());
}
