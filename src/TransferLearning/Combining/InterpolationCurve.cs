namespace TransferLearning;

/// <summary>How good models are between an earlier and a later one.</summary>
/// <param name="Points">In the order in which they were asked for.</param>
public sealed record InterpolationCurve(IReadOnlyList<InterpolationPoint> Points)
{
    /// <summary>The best of them by score, or by loss for a task without; of equal ones the first.</summary>
    public InterpolationPoint Best => Points.MaxBy(point => point.Result.Quality)!;
}
