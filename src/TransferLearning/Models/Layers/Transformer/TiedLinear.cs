namespace TransferLearning.Layers;

/// <summary>
/// A fully connected layer whose weight belongs to another module, such as an output layer that shares the table of token embeddings.
/// </summary>
internal sealed class TiedLinear : nn.Module<Tensor, Tensor>
{
    private readonly Func<Tensor> _weight;
    private readonly double _scale;

    [TorchSharp.Utils.ComponentName(Name = "bias")]
    private readonly Parameter? _bias;

    /// <summary>Makes a layer.</summary>
    /// <param name="weight">Gives the shared weight, [outputs, inputs].</param>
    /// <param name="outputs">The number of outputs of a bias of its own, which is allocated but not filled; null for none.</param>
    /// <param name="scale">A factor on the inputs.</param>
    public TiedLinear(Func<Tensor> weight, long? outputs = null, double scale = 1) : base(nameof(TiedLinear))
    {
        (_weight, _scale) = (weight, scale);
        _bias = outputs is { } size ? new Parameter(empty(size)) : null;
        RegisterComponents();
    }

    /// <summary>The bias, or null.</summary>
    public Parameter? Bias => _bias;

    public override Tensor forward(Tensor input)
    {
        if (_scale == 1)
        {
            return LinearProducts.Linear(input, _weight(), _bias);
        }

        using Tensor scaled = input.Multiply(_scale);
        return LinearProducts.Linear(scaled, _weight(), _bias);
    }
}
