namespace TransferLearning;

/// <summary>A fitted linear layer. Whoever makes it owns its tensors.</summary>
/// <param name="Weight">[outputs, width] float64.</param>
/// <param name="Bias">[outputs] float64.</param>
/// <param name="Strength">The penalty, in the probe's own terms.</param>
/// <param name="Objective">What was minimised, at the result.</param>
/// <param name="Iterations">How many steps the solver took; 0 in closed form.</param>
/// <param name="HasConverged">Whether the solver ended because nothing was left to gain.</param>
/// <param name="Candidates">What was tried to find the strength.</param>
internal sealed record LinearFit(
    Tensor Weight, Tensor Bias, double Strength, double Objective, int Iterations, bool HasConverged,
    IReadOnlyList<ProbeCandidate> Candidates) : IDisposable
{
    public LinearFit MoveToOuterDisposeScope()
    {
        Weight.MoveToOuterDisposeScope();
        Bias.MoveToOuterDisposeScope();
        return this;
    }

    public void Dispose()
    {
        Weight.Dispose();
        Bias.Dispose();
    }
}
