namespace TransferLearning;

/// <summary>How long a run is, for its average.</summary>
/// <param name="Epochs">The number of epochs.</param>
/// <param name="StepsPerEpoch">The number of optimizer steps of one.</param>
/// <param name="BatchesPerStep">How many batches a step takes.</param>
/// <param name="SamplesPerStep">How many samples a full step takes, of all processes.</param>
internal readonly record struct AveragingPace(int Epochs, int StepsPerEpoch, int BatchesPerStep, long SamplesPerStep)
{
    /// <summary>The pace of a run.</summary>
    public static AveragingPace Of(TrainingPlan plan, FineTuneOptions options)
    {
        int batches = options.AccumulationSteps * plan.Ranks.Size;
        return new AveragingPace(
            options.Epochs, (plan.BatchCount + batches - 1) / batches, batches, (long)options.BatchSize * batches);
    }
}
