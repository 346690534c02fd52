namespace TransferLearning;

/// <summary>
/// The gradient of the score with respect to the input; the map is its size, of an image the largest of the channels (Simonyan et al.,
/// 2014).
/// </summary>
public sealed record Saliency : AttributionMethod
{
    /// <inheritdoc/>
    public override string Name => "saliency";

    internal override Shares Compute(ScoredInput input, ExplanationWork work)
    {
        work.CancellationToken.ThrowIfCancellationRequested();
        return new Shares(input.Gradient(input.Values)[0], IsSigned: false);
    }
}
