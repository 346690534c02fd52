namespace TransferLearning.Layers;

/// <summary>x W + b by whichever of LibTorch's and oneDNN's products suits it: the one door, which layers ask whoever runs them.</summary>
internal static class LinearProducts
{
    /// <summary>x W + b, a new tensor.</summary>
    /// <param name="input">[…, inputs].</param>
    /// <param name="weight">[outputs, inputs], in any layout.</param>
    /// <param name="bias">[outputs], or null.</param>
    /// <param name="stored">The network's own tensor of which the weight is a view, where it is not that itself.</param>
    public static Tensor Linear(Tensor input, Tensor weight, Tensor? bias, Parameter? stored = null)
    {
        if (input.device_type == DeviceType.CPU && input.dtype == ScalarType.Float32 && weight.dtype == ScalarType.Float32)
        {
            if (FewRowProducts.Multiply(input, weight, bias, stored ?? weight as Parameter) is { } product)
            {
                return product;
            }

            if (ManyRowProducts.Suit(input, weight))
            {
                return ManyRowProducts.Convolve(input, weight, bias);
            }
        }

        return nn.functional.linear(input, weight, bias);
    }
}
