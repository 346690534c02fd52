using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>Dropout (Srivastava et al., 2014): in training each number is set to 0 with a probability and the others scaled up.</summary>
internal sealed class Dropout : nn.Module<Tensor, Tensor>
{
    public Dropout(double probability)
        : base(nameof(Dropout)) => Probability = probability;

    /// <summary>The share of numbers that are dropped; parity of training steps sets it to 0.</summary>
    public double Probability { get; set; }

    public override Tensor forward(Tensor input)
        => training && Probability > 0 ? nn.functional.dropout(input, Probability, true) : input.alias();
}
