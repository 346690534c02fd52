using TransferLearning.Layers;

namespace TransferLearning;

/// <summary>
/// Normalises each channel of each batch norm that is trained by its batch or by the running statistics, chosen at random in every step
/// (Kou et al., "Stochastic Normalization", 2020), against fitting the batches of a small data set. Evaluation and saved weights are those
/// of plain batch norms.
/// </summary>
public sealed record StochNorm : TrainingMethod
{
    /// <summary>Creates the method.</summary>
    /// <param name="probability">With which probability a channel uses the batch, from 0 to 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is out of its range.</exception>
    public StochNorm(double probability = 0.5) => Probability = ValidNumber.Fraction(probability, nameof(probability));

    /// <summary>With which probability a channel uses the batch.</summary>
    public double Probability { get; }

    /// <inheritdoc/>
    public override bool ServesRecomputation => false; // running statistics have moved when a block is computed again

    /// <inheritdoc/>
    public override TrainingMethodState Begin(TrainingMethodContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        BatchNorm2d[] norms = [.. context.Network.modules().OfType<BatchNorm2d>()];
        if (norms.Length == 0)
        {
            throw new ArgumentException(
                $"{context.Network.GetName()} has no batch norms of this library, so {nameof(StochNorm)} has no meaning for it: leave it "
                    + "out.");
        }

        return new State(norms, Probability);
    }

    private sealed class State : TrainingMethodState
    {
        private readonly BatchNorm2d[] _norms;

        public State(BatchNorm2d[] norms, double probability)
        {
            _norms = norms;
            Array.ForEach(norms, norm => norm.BatchProbability = probability);
        }

        protected override void Dispose(bool disposing)
        {
            Array.ForEach(_norms, norm => norm.BatchProbability = null);
            base.Dispose(disposing);
        }
    }
}
