namespace TransferLearning;

/// <summary>Builds and fills the layers that take the place of a network's final one.</summary>
internal static class NewHead
{
    /// <summary>
    /// A single layer of the old one's form: fully connected, or a 1x1 convolution where the network classifies before it pools.
    /// </summary>
    /// <param name="old">A layer, or several of which the first with a weight matrix takes the features.</param>
    /// <param name="outputs">The number of outputs.</param>
    /// <exception cref="InvalidOperationException">The old layer has no weight matrix.</exception>
    public static nn.Module<Tensor, Tensor> Plain(nn.Module old, int outputs)
    {
        Tensor weight = Weight(old);
        return weight.dim() == 4 ? new Conv2d(weight.size(1), outputs, 1, bias: true) : new Linear(weight.size(1), outputs);
    }

    /// <summary>The first weight matrix, or filter bank, of a module: [outputs, inputs, …].</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static Tensor Weight(nn.Module module)
        => module.parameters().FirstOrDefault(parameter => parameter.dim() >= 2)
            ?? throw new InvalidOperationException(
                $"The layer {module.GetName()} that gives the outputs has no weight matrix, so its number of inputs is unknown.");

    /// <summary>Layers of the user's choice and a last linear one.</summary>
    /// <param name="inputs">How many features come in.</param>
    /// <param name="layers">What runs before the last layer.</param>
    /// <param name="classes">How many classes there are.</param>
    /// <param name="first">A layer that runs first and keeps its weights, or null.</param>
    public static Sequential Of(long inputs, IReadOnlyList<HeadLayer> layers, int classes, nn.Module<Tensor, Tensor>? first = null)
    {
        List<nn.Module<Tensor, Tensor>> modules = first is null ? [] : [first];
        long width = inputs;
        foreach (HeadLayer layer in layers)
        {
            modules.Add(layer.Kind switch
            {
                HeadLayerKind.Linear => new Linear(width, (long)layer.Value),
                HeadLayerKind.Dropout => new Dropout(layer.Value),
                HeadLayerKind.Relu => Activation.Relu(),
                HeadLayerKind.Gelu => Activation.Gelu(),
                HeadLayerKind.Tanh => new Activation(nameof(HeadLayerKind.Tanh), x => x.tanh()),
                HeadLayerKind.LayerNorm => new LayerNorm(width),
                _ => throw new ArgumentOutOfRangeException(nameof(layers), layer.Kind, "unknown kind of layer"),
            });
            width = layer.Kind == HeadLayerKind.Linear ? (long)layer.Value : width;
        }

        modules.Add(new Linear(width, classes));
        return new Sequential(modules);
    }

    /// <summary>Fills every layer of a module, except one that keeps its weights.</summary>
    public static void Fill(nn.Module module, HeadInitialization initialization, long seed, nn.Module? except = null)
    {
        using Generator generator = new(unchecked((ulong)seed));
        using IDisposable scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        foreach (nn.Module part in module.modules().Append(module).Where(part => !ReferenceEquals(part, except)))
        {
            LayerInitializers.Default(part, generator);
            if (part is WeightLayer layer)
            {
                Fill(layer, initialization, generator);
            }
        }
    }

    private static void Fill(WeightLayer layer, HeadInitialization initialization, Generator generator)
    {
        switch (initialization)
        {
            case HeadInitialization.Normal002:
                LayerInitializers.Normal(layer, 0.02, generator);
                break;
            case HeadInitialization.XavierUniform:
                double bound = Math.Sqrt(6 / (LayerInitializers.FanIn(layer.Weight) + LayerInitializers.FanOut(layer.Weight)));
                layer.Weight.uniform_(-bound, bound, generator);
                layer.Bias?.zero_();
                break;
            case HeadInitialization.Zeros:
                layer.Weight.zero_();
                layer.Bias?.zero_();
                break;
            case HeadInitialization.PyTorch:
            default:
                break;
        }
    }
}
