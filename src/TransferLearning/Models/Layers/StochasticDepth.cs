namespace TransferLearning.Layers;

/// <summary>Stochastic depth (Huang et al., 2016), torchvision's "row" mode: in training the branch of each sample is dropped whole with a
/// probability, and kept branches are scaled up.</summary>
public sealed class StochasticDepth : nn.Module<Tensor, Tensor>
{
    /// <summary>Makes a layer.</summary>
    /// <param name="probability">The share of branches that are dropped, from 0 to 1.</param>
    public StochasticDepth(double probability) : base(nameof(StochasticDepth)) => Probability = probability;

    /// <summary>The share of branches that are dropped.</summary>
    public double Probability { get; set; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input)
    {
        if (!training || Probability <= 0)
        {
            return input.alias();
        }

        long[] shape = new long[input.dim()];
        Array.Fill(shape, 1);
        shape[0] = input.size(0);
        double survival = 1 - Probability;
        using Tensor probabilities = Scalars.Full(shape, survival, input.dtype, input.device);
        using Generator? draws = TrainingPass.NextGenerator(input.device);
        using Tensor kept = bernoulli(probabilities, draws);
        using Tensor scaled = survival > 0 ? kept.Divide(survival) : kept.alias();
        return input.mul(scaled);
    }
}
