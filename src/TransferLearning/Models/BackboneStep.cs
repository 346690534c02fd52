namespace TransferLearning;

/// <summary>One step of a backbone, from what the step before it gave to what the next one takes.</summary>
/// <param name="Stage">The name of the stage that it belongs to, one of <see cref="Network.Stages"/>.</param>
/// <param name="Forward">What it does. Its argument stays the caller's, and the result is the caller's own to dispose.</param>
public sealed record BackboneStep(string Stage, Func<Tensor, Tensor> Forward)
{
    /// <summary>The steps of modules that run one after the other, one for each stage that they reach: a module without weights belongs to
    /// the stage before it.</summary>
    /// <param name="stages">The network's stages.</param>
    /// <param name="links">The modules and their names.</param>
    /// <param name="prefix">What stands before those names in the checkpoint: <c>features.</c></param>
    /// <exception cref="ArgumentException">The first module belongs to no stage.</exception>
    public static IReadOnlyList<BackboneStep> Of(
        IReadOnlyList<NetworkStage> stages, IReadOnlyList<(string Name, nn.Module<Tensor, Tensor> Module)> links, string prefix = "")
    {
        ArgumentNullException.ThrowIfNull(stages);
        ArgumentNullException.ThrowIfNull(links);
        List<BackboneStep> steps = [];
        for (int first = 0; first < links.Count;)
        {
            NetworkStage stage = StageOf(first)
                ?? throw new ArgumentException($"The module '{prefix}{links[first].Name}' belongs to no stage.", nameof(stages));
            int end = first + 1;
            while (end < links.Count && (StageOf(end) ?? stage) == stage)
            {
                end++;
            }

            // The list is the network's own, in which a module may be replaced, so it is read when the step runs.
            int begin = first;
            steps.Add(new BackboneStep(stage.Name, input => Sequential.Run(links, begin, end, input)));
            first = end;
        }

        return steps;

        NetworkStage? StageOf(int link) => stages.FirstOrDefault(stage => stage.Holds(prefix + links[link].Name));
    }

    /// <summary>Runs steps one after the other and disposes what lies between.</summary>
    internal static Tensor Run(IEnumerable<BackboneStep> steps, Tensor input)
    {
        Tensor current = input;
        foreach (BackboneStep step in steps)
        {
            Tensor next = step.Forward(current);
            if (!ReferenceEquals(current, input))
            {
                current.Dispose();
            }

            current = next;
        }

        return ReferenceEquals(current, input) ? input.alias() : current;
    }
}
