using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>
/// A low-rank addition to a layer's weight (Hu et al., 2021): y = W x + b + (alpha / rank) B A x, of which only A and B are trained.
/// </summary>
internal sealed class Lora : IDisposable
{
    /// <summary>The names under which a layer registers the two matrices.</summary>
    public const string FirstName = "lora_A";

    public const string SecondName = "lora_B";

    private readonly double _scale;
    private readonly Dropout _dropout;

    public Lora(long inputs, long outputs, int rank, double alpha, double dropout)
    {
        (_scale, _dropout) = (alpha / rank, new Dropout(dropout));
        First = new Linear(inputs, rank, bias: false);
        Second = new Linear(rank, outputs, bias: false);
    }

    /// <summary>A, [rank, inputs].</summary>
    public Linear First { get; }

    /// <summary>B, [outputs, rank].</summary>
    public Linear Second { get; }

    /// <summary>A as a layer of PyTorch begins, B zero: at first nothing is added.</summary>
    public void Initialize(Generator generator)
    {
        using IDisposable scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        LayerInitializers.Default(First, generator);
        Second.Weight.zero_();
    }

    /// <summary>What the layer gives and what the addition gives, as a new tensor; the output is disposed.</summary>
    public Tensor Apply(Tensor input, Tensor output, bool training)
    {
        using Tensor whole = output;
        using DisposeScope scope = NewDisposeScope();
        _dropout.train(training);
        return output.add(Second.call(First.call(_dropout.call(input))), _scale).MoveToOuterDisposeScope();
    }

    /// <summary>Adds the product to a weight, or takes it away again.</summary>
    /// <param name="weight">[outputs, inputs], or the transposed one.</param>
    /// <param name="isTransposed">Whether the weight is stored as [inputs, outputs].</param>
    /// <param name="sign">1 adds, -1 takes away.</param>
    public void Merge(Tensor weight, bool isTransposed, int sign)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor product = Second.Weight.mm(First.Weight);
        weight.add_(isTransposed ? product.t() : product, sign * _scale);
    }

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
        _dropout.Dispose();
    }
}
