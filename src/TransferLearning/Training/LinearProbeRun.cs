using System.Diagnostics;

namespace TransferLearning;

/// <summary>Fits the last layer of a network to features that its backbone gave.</summary>
internal static class LinearProbeRun
{
    // How many rows go through the rest of the head at once.
    private const int Rows = 1024;

    /// <summary>Refuses a network whose outputs are not one linear layer of something that is known beforehand.</summary>
    /// <param name="model">The model.</param>
    /// <param name="probe">What fits it.</param>
    /// <param name="plan">The layers of a head that the caller put together, or null.</param>
    /// <returns>The names of the head's parameters before the last layer.</returns>
    /// <exception cref="ArgumentException">It is none; the message says why.</exception>
    public static IReadOnlyList<string> Check(ModelParts model, LinearProbe probe, HeadPlan? plan)
    {
        probe.CheckFor(model.Task);
        string name = probe.GetType().Name;
        if (model.Task.Loss is not null)
        {
            throw new ArgumentException($"{name} has a loss of its own, and the task has {model.Task.Loss.GetType().Name}: leave it out.");
        }

        if (plan?.Layers.Any(layer => layer.Kind is HeadLayerKind.Linear or HeadLayerKind.LayerNorm) == true)
        {
            throw new ArgumentException(
                $"The head has layers of its own to train, and {name} fits one linear layer: call ReplaceHead(classes), or probe with an "
                    + "optimizer.");
        }

        nn.Module<Tensor, Tensor> last = Last(model.Network);
        Dictionary<string, Tensor> own = last.named_parameters().ToDictionary(entry => entry.name, entry => (Tensor)entry.parameter);
        if (own.Count != 2 || !own.TryGetValue("weight", out Tensor? weight) || weight.dim() != 2 || !own.ContainsKey("bias")
            || weight.size(0) != model.Task.Head.Outputs)
        {
            throw new ArgumentException(
                $"{name} fits a linear layer with a bias, and the last one of {model.Architecture} is {last.GetName()} with "
                    + $"{(own.Count == 0 ? "no parameters" : string.Join(", ", own.Keys))}: probe with an optimizer.");
        }

        return
        [
            .. model.Network.named_parameters()
                .Where(entry => model.Network.IsInHead(entry.name) && own.Values.All(tensor => tensor.Handle != entry.parameter.Handle))
                .Select(entry => entry.name),
        ];
    }

    /// <summary>Fits the last layer and puts its weights in place.</summary>
    /// <param name="model">The model, checked.</param>
    /// <param name="dataset">The samples, under the model's classes.</param>
    /// <param name="rows">Their features.</param>
    /// <param name="probe">What fits it.</param>
    /// <param name="kept">The names of the head's parameters before the last layer.</param>
    /// <param name="clock">Runs since the start.</param>
    /// <param name="logger">Receives what the caller should know.</param>
    /// <param name="cancellationToken">Ends the work; the weights stay as they were.</param>
    public static LinearProbeResult Run(
        ModelParts model, Dataset dataset, FeatureRows rows, LinearProbe probe, IReadOnlyList<string> kept, Stopwatch clock, ILogger logger,
        CancellationToken cancellationToken)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        model.Network.eval();
        nn.Module<Tensor, Tensor> last = Last(model.Network);
        FeatureBatches batches = new(rows, dataset, model.Task, new LoaderOptions { BatchSize = Rows });
        (Tensor features, Tensor targets) = Inputs(model, last, batches, cancellationToken);
        using LinearFit fit = probe.Fit(features, targets, model.Task, cancellationToken);
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in last.named_parameters())
        {
            parameter.copy_(name == "weight" ? fit.Weight : fit.Bias);
        }

        if (!fit.HasConverged)
        {
            TrainingLog.Note(logger, $"The fit ended after {fit.Iterations} steps before its gradient was small: raise MaximumIterations.");
        }

        if (kept.Count > 0)
        {
            TrainingLog.Note(logger, $"Only the last layer is fitted; {string.Join(", ", kept)} keep the values that they have.");
        }

        return new LinearProbeResult(
            fit.Strength,
            fit.Objective,
            fit.Iterations,
            fit.HasConverged,
            fit.Candidates,
            (int)features.size(0),
            batches.Skipped,
            kept,
            clock.Elapsed.TotalSeconds);
    }

    // What enters the last layer, and the targets; both join the caller's dispose scope.
    private static (Tensor Features, Tensor Targets) Inputs(
        ModelParts model, nn.Module<Tensor, Tensor> last, FeatureBatches batches, CancellationToken cancellationToken)
    {
        List<Tensor> features = [], targets = [];
        nn.Module<Tensor, Tensor>.HookRemover hook = last.register_forward_pre_hook((_, input) =>
        {
            features.Add(input.detach().cpu().clone().MoveToOuterDisposeScope());
            return input;
        });
        try
        {
            ForwardPass pass = new FrozenPart(model.Network).Rest(model.Device);
            foreach (Batch batch in batches.Epoch(0, 0, cancellationToken))
            {
                using (batch)
                using (DisposeScope scope = NewDisposeScope())
                {
                    pass.Run(batch.Input);
                    targets.Add(batch.Targets.clone().MoveToOuterDisposeScope());
                }
            }
        }
        finally
        {
            hook.remove();
        }

        return (cat(features, 0), cat(targets, 0));
    }

    private static nn.Module<Tensor, Tensor> Last(Network network)
    {
        nn.Module<Tensor, Tensor> last = network.HeadModules.Count > 0 ? network.HeadModules[^1] : network.FinalLayer;
        while (last is Layers.Sequential chain)
        {
            last = chain.Links[^1].Module;
        }

        return last;
    }
}
