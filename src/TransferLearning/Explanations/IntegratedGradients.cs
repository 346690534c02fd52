namespace TransferLearning;

/// <summary>
/// The mean gradient on the straight line from a baseline to the input, times their difference (Sundararajan et al., 2017). The shares sum
/// up to the difference of the two scores, but for the error of a finite number of steps: <see cref="Attribution.CompletenessGap"/>.
/// </summary>
public sealed record IntegratedGradients : AttributionMethod
{
    /// <inheritdoc/>
    public override string Name => "integrated gradients";

    /// <summary>In how many steps the line is divided; gradients are taken in their middles. Default: 50.</summary>
    public int Steps { get; init; } = 50;

    /// <summary>How many steps go through the network at once. Default: 10.</summary>
    public int BatchSize { get; init; } = 10;

    /// <summary>
    /// Where the line begins. Default: null, which is <see cref="Baseline.Zero"/> for images; a text's tokens become its mask token, or
    /// padding, or zeros, whichever the tokenizer has first, and special tokens stay.
    /// </summary>
    public Baseline? Baseline { get; init; }

    internal override Shares Compute(ScoredInput input, ExplanationWork work)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Steps);
        Tensor from = Baseline?.For(input.Values) ?? input.Nothing;
        Tensor line = input.Values.sub(from);
        Tensor sum = input.Values.new_zeros(input.Values.shape);
        work.Run(Steps, BatchSize, (first, size) =>
        {
            Tensor shares = Scalars.Range(first, first + size, input.Values.dtype, input.Values.device).Add(0.5).Divide(Steps);
            Tensor batch = from.Add(line.mul(shares.view([size, .. Enumerable.Repeat(1L, (int)line.dim() - 1)])));
            sum.AddInPlace(input.Gradient(batch).sum(0, keepdim: true));
        });
        double[] ends = input.ScoreValues(cat([input.Values, from]));
        return new Shares(line.mul(sum).Divide(Steps)[0], IsSigned: true) { ScoreDifference = ends[0] - ends[1] };
    }
}
