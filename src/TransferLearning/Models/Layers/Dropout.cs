namespace TransferLearning.Layers;

/// <summary>Dropout (Srivastava et al., 2014): in training each number is set to 0 with a probability and the others scaled up.</summary>
public sealed class Dropout : nn.Module<Tensor, Tensor>
{
    /// <summary>Makes a layer.</summary>
    /// <param name="probability">The share of numbers that are dropped, from 0 to 1.</param>
    public Dropout(double probability) : base(nameof(Dropout)) => Probability = probability;

    /// <summary>The share of numbers that are dropped.</summary>
    public double Probability { get; set; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        if (!training || Probability <= 0)
        {
            return input.alias();
        }

        using Generator? draws = TrainingPass.NextGenerator(input.device);
        using Tensor mask = empty_like(input, requires_grad: false);
        double kept = 1 - Probability;
        mask.bernoulli_(kept, draws);
        if (kept > 0)
        {
            using Scalar scale = (1 / kept).ToScalar();
            mask.mul_(scale);
        }

        return input.mul(mask);
    }
}
