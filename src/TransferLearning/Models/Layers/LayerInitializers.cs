namespace TransferLearning.Layers;

/// <summary>
/// The ways in which layers are filled before training from scratch. All write in place; the caller has gradients switched off.
/// </summary>
public static class LayerInitializers
{
    /// <summary>PyTorch's own: He's uniform with a = sqrt(5) for weights, that is, uniform within 1/sqrt(fan in); norms 1 and 0.</summary>
    /// <param name="module">A layer of this library, or a linear or convolutional one of TorchSharp; any other is left as it is.</param>
    /// <param name="generator">Where values come from.</param>
    public static void Default(nn.Module module, Generator generator)
    {
        switch (module)
        {
            case WeightLayer layer:
                double bound = 1 / Math.Sqrt(FanIn(layer.Weight));
                layer.Weight.uniform_(-bound, bound, generator);
                layer.Bias?.uniform_(-bound, bound, generator);
                break;
            case BatchNorm2d norm:
                Norm(norm.Weight, norm.Bias);
                norm.RunningMean.zero_();
                norm.RunningVariance.fill_(Scalars.One);
                break;
            case LayerNorm norm:
                Norm(norm.Weight, norm.Bias);
                break;
            case GroupNorm norm:
                Norm(norm.Weight, norm.Bias);
                break;
            case TorchSharp.Modules.Linear or TorchSharp.Modules.Conv2d:
                double within = 1 / Math.Sqrt(FanIn(module.get_parameter("weight")!));
                foreach (TorchSharp.Modules.Parameter parameter in module.parameters())
                {
                    parameter.uniform_(-within, within, generator);
                }

                break;
            default:
                break;
        }
    }

    /// <summary>He's normal distribution over the outputs (He et al., 2015), bias 0: what most convolutional networks use.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="generator">Where values come from.</param>
    public static void HeNormalFanOut(WeightLayer layer, Generator generator)
        => Normal(layer, Math.Sqrt(2 / FanOut(layer.Weight)), generator);

    /// <summary>torchvision's mobile networks and VGG: He's normal over the outputs, N(0, 0.01) for linear layers, biases 0.</summary>
    /// <param name="module">The layer.</param>
    /// <param name="generator">Where values come from.</param>
    public static void MobileNet(nn.Module module, Generator generator)
    {
        Default(module, generator);
        switch (module)
        {
            case Conv2d convolution:
                HeNormalFanOut(convolution, generator);
                break;
            case Linear linear:
                Normal(linear, 0.01, generator);
                break;
            default:
                break;
        }
    }

    /// <summary>Uniform within the bound, bias 0.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="bound">The bound.</param>
    /// <param name="generator">Where values come from.</param>
    public static void Uniform(WeightLayer layer, double bound, Generator generator)
    {
        layer.Weight.uniform_(-bound, bound, generator);
        layer.Bias?.zero_();
    }

    /// <summary>N(0, <paramref name="deviation"/>), bias 0.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="deviation">The standard deviation.</param>
    /// <param name="generator">Where values come from.</param>
    public static void Normal(WeightLayer layer, double deviation, Generator generator)
    {
        layer.Weight.normal_(0, deviation, generator);
        layer.Bias?.zero_();
    }

    /// <summary>Every weight <paramref name="value"/>, bias 0.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="value">The value.</param>
    public static void Constant(WeightLayer layer, double value)
    {
        layer.Weight.Fill(value);
        layer.Bias?.zero_();
    }

    /// <summary>N(0, <paramref name="deviation"/>) cut at two deviations, bias 0.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="deviation">The standard deviation.</param>
    /// <param name="generator">Where values come from.</param>
    public static void TruncatedNormal(Tensor weight, double deviation, Generator generator)
    {
        // By inversion: uniform between the distribution's values at the cuts, through the inverse error function.
        const double cut = 0.9544997361036416; // erf(sqrt 2)
        weight.uniform_(-cut, cut, generator).erfinv_().MultiplyInPlace(deviation * Math.Sqrt(2)).ClampInPlace(2 * deviation);
    }

    /// <summary>Uniform within sqrt(6 / (fan in + fan out)) (Glorot and Bengio, 2010).</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="generator">Where values come from.</param>
    public static void GlorotUniform(Tensor weight, Generator generator)
    {
        double bound = Math.Sqrt(6 / (FanIn(weight) + FanOut(weight)));
        weight.uniform_(-bound, bound, generator);
    }

    /// <summary>How many inputs an output sums over.</summary>
    /// <param name="weight">[outputs, inputs, …].</param>
    public static double FanIn(Tensor weight) => (double)weight.numel() / weight.size(0);

    /// <summary>How many outputs an input adds to.</summary>
    /// <param name="weight">[outputs, inputs, …].</param>
    public static double FanOut(Tensor weight) => (double)weight.numel() / weight.size(1);

    private static void Norm(Tensor weight, Tensor bias)
    {
        weight.fill_(Scalars.One);
        bias.zero_();
    }
}
