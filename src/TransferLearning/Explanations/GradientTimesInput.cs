namespace TransferLearning;

/// <summary>The gradient times the input (Shrikumar et al., 2016); the map is the sum over the channels.</summary>
public sealed record GradientTimesInput : AttributionMethod
{
    /// <inheritdoc/>
    public override string Name => "gradient x input";

    internal override Shares Compute(ScoredInput input, ExplanationWork work)
    {
        work.CancellationToken.ThrowIfCancellationRequested();
        return new Shares(input.Gradient(input.Values).mul(input.Values)[0], IsSigned: true);
    }
}
