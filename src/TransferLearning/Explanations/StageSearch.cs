namespace TransferLearning;

/// <summary>Finds the module that a class activation map looks into.</summary>
internal static class StageSearch
{
    // More modules than a block of a transformer has behind the norm of its attention.
    private const int MostCandidates = 24;

    /// <summary>The module's name, and its activations and their gradient, both [C, h, w].</summary>
    /// <exception cref="ArgumentException">The network has no such stage or module.</exception>
    /// <exception cref="InvalidOperationException">What it gives is no grid.</exception>
    public static (string Name, Tensor Activation, Tensor Gradient) Find(ScoredInput input, string? stage)
    {
        Network network = input.Network;
        Dictionary<string, nn.Module> modules = network.named_modules().ToDictionary(module => module.name, module => module.module);
        NetworkStage? named = stage is null ? null : network.Stages.FirstOrDefault(one => one.Name == stage);
        if (stage is not null && named is null && !modules.ContainsKey(stage))
        {
            throw new ArgumentException(
                $"{network.GetName()} has neither a stage nor a module '{stage}'; its stages are "
                    + $"{string.Join(", ", network.Stages.Select(one => one.Name))}.");
        }

        string name = stage is not null && named is null ? stage : Last(input, modules, named);
        (Tensor activation, Tensor gradient) = input.At(modules[name], name);
        return Grid(input, modules[name], activation) is { } places
            ? (name, places, Grid(input, modules[name], gradient)!)
            : throw new InvalidOperationException(
                $"'{name}' of {network.GetName()} gives [{string.Join(", ", activation.shape)}], which is no spatial grid; take an earlier "
                    + $"stage of {string.Join(", ", network.Stages.Select(one => one.Name))}.");
    }

    // The last module of the stage, or of the backbone, that gives a grid from which a gradient comes.
    private static string Last(ScoredInput input, Dictionary<string, nn.Module> modules, NetworkStage? stage)
    {
        Network network = input.Network;
        Dictionary<nn.Module, string> names = modules
            .Where(module => stage?.Holds(module.Key) ?? !network.IsInHead(module.Key))
            .DistinctBy(module => module.Value)
            .ToDictionary(module => module.Value, module => module.Key);
        List<nn.Module> grids = [];
        bool isMap = false;
        using (no_grad())
        using (NewDisposeScope())
        using (new ForwardTap
        {
            OnOutput = (module, output) =>
            {
                if (names.ContainsKey(module) && Grid(input, module, output) is not null)
                {
                    grids.Remove(module);
                    grids.Add(module);
                    isMap = output.dim() == 4;
                }

                return null;
            },
        })
        {
            _ = input.Scores(input.Values);
        }

        if (grids.Count == 0)
        {
            throw new InvalidOperationException(
                $"{(stage is null ? network.GetName() : $"Stage '{stage.Name}' of {network.GetName()}")} has no spatial grid of more than "
                    + "one place for an input of this size: take an earlier stage, or another method.");
        }

        // Behind a map all places count; behind tokens often only the class token does.
        nn.Module[] candidates = [.. grids.TakeLast(isMap ? 1 : MostCandidates)];
        return names[isMap ? candidates[^1] : LastWithGradient(input, candidates)];
    }

    private static nn.Module LastWithGradient(ScoredInput input, nn.Module[] candidates)
    {
        Dictionary<nn.Module, Tensor> outputs = [];
        using DisposeScope scope = NewDisposeScope();
        using ForwardTap tap = new() { OnOutput = Keep };
        try
        {
            Tensor score = input.Scores(input.Values).sum();
            IList<Tensor?> gradients = autograd.grad([score], [.. candidates.Select(module => outputs[module])], allow_unused: true)!;
            return candidates.Zip(gradients)
                .Where(pair => pair.Second is not null && Grid(input, pair.First, pair.Second)!.count_nonzero().item<long>() > 0)
                .Select(pair => pair.First)
                .LastOrDefault(candidates[^1]);
        }
        finally
        {
            foreach (Tensor output in outputs.Values)
            {
                output.Dispose();
            }
        }

        Tensor? Keep(nn.Module module, Tensor output)
        {
            if (!candidates.Contains(module))
            {
                return null;
            }

            // What follows may work in place, so it gets a copy.
            Tensor kept = output.requires_grad ? output.alias() : output.detach().requires_grad_(true);
            outputs.Remove(module, out Tensor? before);
            before?.Dispose();
            outputs[module] = kept.DetachFromDisposeScope();
            return kept.clone();
        }
    }

    private static Tensor? Grid(ScoredInput input, nn.Module module, Tensor output) => SpatialGrid.Of(
        output, input.ImageSize!.Value.Height, input.ImageSize.Value.Width, SpatialGrid.IsChannelsLast(input.Network, module));
}
