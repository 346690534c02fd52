using System.Text.Json.Serialization;

namespace TransferLearning;

/// <summary>One run of a <see cref="Sweep"/>, as its file has it.</summary>
/// <param name="Bracket">The bracket: in Hyperband the number of its halvings; null for a further seed of one of the best.</param>
/// <param name="Rung">How often its configuration has been among the best of the bracket.</param>
/// <param name="Number">The number of its configuration in the bracket, from 0; of one of the best its rank.</param>
/// <param name="Configuration">The value of each axis.</param>
/// <param name="Epochs">For how many epochs it was to train.</param>
/// <param name="Seed">What fixed its draws.</param>
public sealed record SweepTrial(
    int? Bracket, int Rung, int Number, IReadOnlyDictionary<string, string> Configuration, int Epochs, long Seed)
{
    /// <summary>The best evaluation's score on the validation set; null where the task has none, or the trial failed.</summary>
    public Score? Score { get; init; }

    /// <summary>The loss of that evaluation; null where the trial failed.</summary>
    public double? Loss { get; init; }

    /// <summary>How long it took.</summary>
    public double Seconds { get; init; }

    /// <summary>How many parameters it trained.</summary>
    public long TrainedParameters { get; init; }

    /// <summary>Why it ended; null where it failed.</summary>
    public StopReason? Ended { get; init; }

    /// <summary>Why it failed; null where it did not.</summary>
    public string? Error { get; init; }

    /// <summary>The values of the axes in a row.</summary>
    [JsonIgnore]
    public string Name => string.Join(", ", Configuration.Select(entry => $"{entry.Key} {entry.Value}"));

    /// <summary>Below 0 where the first is the better one; one that failed, or whose result is NaN, comes last.</summary>
    internal static int Compare(SweepTrial first, SweepTrial second)
    {
        int byResult = second.HasResult.CompareTo(first.HasResult);
        if (byResult != 0 || !first.HasResult)
        {
            return byResult;
        }

        int byScore = first.Score is { } a && second.Score is { } b ? b.Value.CompareTo(a.Value) * (a.IsHigherBetter ? 1 : -1) : 0;
        return byScore != 0 ? byScore : first.Loss!.Value.CompareTo(second.Loss!.Value);
    }

    /// <summary>Whether there is something to compare.</summary>
    [JsonIgnore]
    internal bool HasResult => Error is null && Loss is { } loss && !double.IsNaN(loss) && !double.IsNaN(Score?.Value ?? 0);

    /// <summary>Whether another row is of the same run.</summary>
    internal bool IsSameRun(SweepTrial other) => (Bracket, Rung, Number, Epochs, Seed)
        == (other.Bracket, other.Rung, other.Number, other.Epochs, other.Seed) && Name == other.Name;
}
