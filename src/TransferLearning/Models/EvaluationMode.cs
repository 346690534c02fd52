namespace TransferLearning;

/// <summary>
/// Lets one thread run a network for evaluation, with gradients, whatever the caller's modes are; <see cref="Dispose"/> puts them back.
/// </summary>
internal sealed class EvaluationMode : IDisposable
{
    private readonly (nn.Module Module, bool Trains)[] _modules = [];
    private readonly IDisposable _inference = inference_mode(false);
    private readonly IDisposable _gradients = enable_grad();

    public EvaluationMode(nn.Module network)
    {
        // A network of a model is in evaluation mode, unless it trains; then nothing else may run it, and its modules can be switched.
        if (network.modules().Append(network).Any(module => module.training))
        {
            _modules = [.. network.named_modules().Select(module => (module.module, module.module.training))];
            _modules = [(network, network.training), .. _modules];
            network.eval();
        }
    }

    public void Dispose()
    {
        // A module sets those inside it too, so they come after it.
        foreach ((nn.Module module, bool trains) in _modules)
        {
            module.train(trains);
        }

        _gradients.Dispose();
        _inference.Dispose();
    }
}
