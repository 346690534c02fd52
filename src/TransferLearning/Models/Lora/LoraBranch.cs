namespace TransferLearning;

/// <summary>The low-rank weights beside a layer (Hu et al., 2021): y = W x + b + scale B A x, of which only A and B are trained. Beside a
/// convolution A is a convolution of the same filter size and B one of 1 x 1.</summary>
internal sealed class LoraBranch : SideBranch
{
    /// <summary>The names under which a layer registers A and B.</summary>
    public const string FirstName = "lora_A";

    public const string SecondName = "lora_B";

    private readonly double _scale;
    private readonly bool _isTransposed;
    private readonly Dropout _dropout;
    private readonly WeightLayer _first;
    private readonly WeightLayer _second;

    /// <summary>Makes the weights for a layer, allocated but not filled.</summary>
    public LoraBranch(WeightLayer layer, int rank, double scale, double dropout, bool hasBias)
    {
        (_scale, _isTransposed, _dropout) = (scale, layer.StoresInputsFirst, new Dropout(dropout));
        if (layer is Conv2d convolution)
        {
            _first = convolution.Resized(rank);
            _second = new Conv2d(rank, layer.Weight.size(0), 1, bias: hasBias);
        }
        else
        {
            _first = new Linear(layer.Weight.size(_isTransposed ? 0 : 1), rank, bias: false);
            _second = new Linear(rank, layer.Weight.size(_isTransposed ? 1 : 0), hasBias);
        }
    }

    public override IReadOnlyList<(string Name, nn.Module Module)> Modules => [(FirstName, _first), (SecondName, _second)];

    /// <summary>A as a layer of PyTorch begins, B zero: at first nothing is added.</summary>
    public void Initialize(Generator generator)
    {
        using IDisposable guard = no_grad();
        LayerInitializers.Default(_first, generator);
        _second.Weight.zero_();
        _second.Bias?.zero_();
    }

    public override Tensor Apply(Tensor input, Tensor output, bool training)
    {
        using Tensor whole = output;
        using DisposeScope scope = NewDisposeScope();
        _dropout.train(training);
        return output.Add(_second.call(_first.call(_dropout.call(input))), _scale).MoveToOuterDisposeScope();
    }

    public override void AddTo(Tensor weight, Tensor? bias)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor product = _second.Weight.flatten(1).mm(_first.Weight.flatten(1));
        weight.AddInPlace(_isTransposed ? product.t() : product.view(weight.shape), _scale);
        if (_second.Bias is { } constant)
        {
            (
                bias ?? throw new InvalidOperationException(
                    "The LoRA weights have a bias (lora_bias) and the layer beside them has none to merge it into."))
                        .AddInPlace(constant, _scale);
        }
    }

    public override void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        _dropout.Dispose();
    }
}
