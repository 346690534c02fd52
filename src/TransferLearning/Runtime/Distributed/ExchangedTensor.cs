using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>A tensor that processes sum or average.</summary>
/// <param name="Like">A tensor of its shape, on its device.</param>
/// <param name="Get">Gives it; null where this process has none.</param>
/// <param name="Set">Takes the sum or the mean over in its place.</param>
internal sealed record ExchangedTensor(Tensor Like, Func<Tensor?> Get, Action<Tensor> Set)
{
    /// <summary>The gradient of a parameter.</summary>
    public static ExchangedTensor GradientOf(Tensor parameter)
        => new(parameter, () => parameter.grad, sum => parameter.grad = sum.to(parameter.device));
}
