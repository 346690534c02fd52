namespace TransferLearning.Layers;

/// <summary>The activation functions that a <c>config.json</c> names.</summary>
internal static class ActivationFunctions
{
    /// <summary>The function of a name; its result is the caller's.</summary>
    /// <exception cref="NotSupportedException">There is none of that name.</exception>
    public static Func<Tensor, Tensor> Named(string name) => name switch
    {
        "gelu" => x => nn.functional.gelu(x),
        "gelu_new" or "gelu_fast" or "gelu_pytorch_tanh" => x => nn.functional.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh),
        "relu" => x => nn.functional.relu(x),
        "silu" or "swish" => x => nn.functional.silu(x),
        "tanh" => x => x.tanh(),
        _ => throw new NotSupportedException(
            $"The activation function '{name}' of config.json is unknown; known are gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, relu, "
                + "silu, swish and tanh."),
    };
}
