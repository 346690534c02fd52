namespace TransferLearning;

/// <summary>The mean gradient over copies of the input with noise, which a single one's flicker hides (Smilkov et al., 2017).</summary>
public sealed record SmoothGrad : AttributionMethod
{
    /// <inheritdoc/>
    public override string Name => Averages switch
    {
        SmoothGradAverage.Squares => "SmoothGrad squared",
        SmoothGradAverage.AbsoluteValues => "SmoothGrad absolute",
        _ => "SmoothGrad",
    };

    /// <summary>How many copies. Default: 25.</summary>
    public int Samples { get; init; } = 25;

    /// <summary>The standard deviation of the noise, as a share of the difference of the input's largest and smallest number. Default:
    /// 0.15.</summary>
    public double Noise { get; init; } = 0.15;

    /// <summary>What is averaged. Default: the gradients.</summary>
    public SmoothGradAverage Averages { get; init; }

    /// <summary>What fixes the noise; that of a copy does not depend on the others. Default: 0.</summary>
    public long Seed { get; init; }

    /// <summary>How many copies go through the network at once. Default: 10.</summary>
    public int BatchSize { get; init; } = 10;

    internal override Shares Compute(ScoredInput input, ExplanationWork work)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Noise);
        double[] numbers = ScoredInput.ToArray(input.Values);
        double deviation = Noise * (numbers.Max() - numbers.Min());
        return Compute(input, work, (first, size) => cat([.. Enumerable.Range(first, size).Select(Sample)]));

        Tensor Sample(int number)
        {
            using Generator generator = new(new SeededRandom(Seed, 0, number).NextUInt64() >> 1, input.Values.device);
            return input.Values.new_empty(input.Values.shape).normal_(0, deviation, generator);
        }
    }

    /// <summary>The same with noise of the caller's: some samples of it, [B, …], by the number of the first and how many.</summary>
    internal Shares Compute(ScoredInput input, ExplanationWork work, Func<int, int, Tensor> noise)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(Samples);
        Tensor sum = input.Values.new_zeros(input.Values.shape);
        work.Run(Samples, BatchSize, (first, size) =>
        {
            Tensor gradients = input.Gradient(input.Values.Add(noise(first, size)));
            gradients = Averages switch
            {
                SmoothGradAverage.Squares => gradients.Square(),
                SmoothGradAverage.AbsoluteValues => gradients.abs(),
                _ => gradients,
            };
            sum.AddInPlace(gradients.sum(0, keepdim: true));
        });
        return new Shares(sum.Divide(Samples)[0], IsSigned: false);
    }
}
