using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>What an evaluation has summed over samples.</summary>
/// <param name="Loss">Losses times items.</param>
/// <param name="Weight">How many items.</param>
/// <param name="Correct">How many of them were predicted correctly; null where that has no meaning.</param>
/// <param name="Count">How many samples.</param>
/// <param name="Skipped">The damaged samples.</param>
internal sealed record EvaluationSums(double Loss, long Weight, long? Correct, int Count, SkippedSamples Skipped)
{
    public static EvaluationSums None { get; } = new(0, 0, null, 0, SkippedSamples.None);

    /// <summary>With one batch more.</summary>
    public EvaluationSums With(StepLoss result, int count) => And(new EvaluationSums(
        result.Loss.to(ScalarType.Float64).item<double>() * result.Weight, result.Weight, result.Correct?.item<long>(), count,
        SkippedSamples.None));

    /// <summary>Both.</summary>
    public EvaluationSums And(EvaluationSums other) => new(
        Loss + other.Loss,
        Weight + other.Weight,
        Correct is null && other.Correct is null ? null : (Correct ?? 0) + (other.Correct ?? 0),
        Count + other.Count,
        Skipped.And(other.Skipped));
}
