namespace TransferLearning;

/// <summary>The low-rank weights beside a layer (Hu et al., 2021): y = W x + b + scale B A x, of which only A and B are trained. Beside a
/// convolution A is a convolution of the same filter size and B one of 1 x 1. With magnitudes (DoRA, Liu et al., 2024) the sum
/// V = W + scale B A gives directions alone: y = m V / |V| x + b, a length m for each output, which is trained too.</summary>
internal sealed class LoraBranch : SideBranch
{
    /// <summary>The names under which a layer registers A, B and the magnitudes.</summary>
    public const string FirstName = "lora_A";

    public const string SecondName = "lora_B";
    public const string MagnitudeName = "lora_magnitude_vector";

    private readonly double _scale;
    private readonly bool _detachesNorm;
    private readonly WeightLayer _layer;
    private readonly Dropout _dropout;
    private readonly WeightLayer _first;
    private readonly WeightLayer _second;
    private readonly AdapterWeight? _magnitude;

    /// <summary>Makes the weights for a layer, allocated but not filled.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="rank">The rank of B A.</param>
    /// <param name="scale">The factor on B A.</param>
    /// <param name="dropout">The probability with which an input of A is dropped; of the whole layer with magnitudes.</param>
    /// <param name="hasBias">Whether B has a bias.</param>
    /// <param name="hasMagnitude">Whether there are magnitudes.</param>
    /// <param name="detachesNorm">Whether |V| is a constant for the gradient.</param>
    public LoraBranch(
        WeightLayer layer, int rank, double scale, double dropout, bool hasBias, bool hasMagnitude = false, bool detachesNorm = true)
    {
        (_layer, _scale, _detachesNorm, _dropout) = (layer, scale, detachesNorm, new Dropout(dropout));
        long outputs = layer.Weight.size(layer.StoresInputsFirst ? 1 : 0);
        if (layer is Conv2d convolution)
        {
            _first = convolution.Resized(rank);
            _second = new Conv2d(rank, outputs, 1, bias: hasBias);
        }
        else
        {
            _first = new Linear(layer.Weight.size(layer.StoresInputsFirst ? 0 : 1), rank, bias: false);
            _second = new Linear(rank, outputs, hasBias);
        }

        // PEFT's shapes.
        _magnitude = !hasMagnitude ? null : new AdapterWeight(layer is Conv2d ? [1, outputs, 1, 1] : [outputs]);
    }

    public override IReadOnlyList<(string Name, nn.Module Module)> Modules
        => [(FirstName, _first), (SecondName, _second), .. _magnitude is null ? [] : new[] { (MagnitudeName, (nn.Module)_magnitude) }];

    /// <summary>A as a layer of PyTorch begins, B zero, magnitudes the lengths of W: at first nothing changes.</summary>
    public override void Initialize(Generator generator)
    {
        LayerInitializers.Default(_first, generator);
        _second.Weight.zero_();
        _second.Bias?.zero_();
        _magnitude?.Weight.copy_(Norm(Directions()).view(_magnitude.Weight.shape));
    }

    public override Tensor Run(WeightLayer layer, Tensor input)
    {
        using DisposeScope scope = NewDisposeScope();
        _dropout.train(layer.training);
        Tensor x = _dropout.call(input);
        if (_magnitude is null)
        {
            return layer.Compute(input).Add(_second.call(_first.call(x)), _scale).MoveToOuterDisposeScope();
        }

        // The layer and the low-rank weights run apart, so that the gradient of V, as large as W, is never made.
        Tensor ratio = layer.Spread(_magnitude.Weight.view(-1).div(RunningNorm()));
        Tensor? bias = layer.Bias is null ? null : layer.Spread(layer.Bias);
        Tensor own = layer.Compute(x);
        Tensor sum = (bias is null ? own : own.sub(bias)).Add(_second.call(_first.call(x)), _scale).mul(ratio);
        return (bias is null ? sum : sum.Add(bias)).MoveToOuterDisposeScope();
    }

    public override void MergeInto(Tensor weight, Tensor? bias)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        if (_magnitude is null)
        {
            Tensor product = _second.Weight.flatten(1).mm(_first.Weight.flatten(1));
            weight.AddInPlace(_layer.StoresInputsFirst ? product.t() : product.view(weight.shape), _scale);
        }
        else
        {
            Tensor directions = Directions();
            Tensor merged = directions.mul(_magnitude.Weight.view(-1).div(Norm(directions)).unsqueeze(1));
            weight.copy_(_layer.StoresInputsFirst ? merged.t() : merged.view(weight.shape));
        }

        if (_second.Bias is { } constant)
        {
            (
                bias ?? throw new InvalidOperationException(
                    "The LoRA weights have a bias (lora_bias) and the layer beside them has none to merge it into."))
                        .AddInPlace(constant, _scale);
        }
    }

    public override string? Unmergeable(WeightLayer layer)
        => _second.Bias is not null && layer.Bias is null
            ? "the LoRA weights have a bias (lora_bias), and the layer has none to merge it into"
            : null;

    public override void Dispose()
    {
        base.Dispose();
        _dropout.Dispose();
    }

    // W + scale B A as [outputs, inputs], in the caller's dispose scope.
    private Tensor Directions()
    {
        Tensor weight = (_layer.StoresInputsFirst ? _layer.Weight.t() : _layer.Weight).flatten(1);
        return weight.Add(_second.Weight.flatten(1).mm(_first.Weight.flatten(1)), _scale);
    }

    private static Tensor Norm(Tensor directions) => directions.Square().sum(1).sqrt();

    private Tensor RunningNorm()
    {
        if (!_detachesNorm)
        {
            return Norm(Directions());
        }

        using IDisposable guard = no_grad();
        return Norm(Directions());
    }
}
