namespace TransferLearning;

/// <summary>The run that a <see cref="TrainingMethod"/> joins.</summary>
/// <param name="Network">The network at its start, on its device; it stays the run's.</param>
/// <param name="Task">What is learned.</param>
/// <param name="Device">Where the network is.</param>
/// <param name="Dataset">The training samples, under the model's classes.</param>
/// <param name="Preprocessor">How they are preprocessed.</param>
/// <param name="Options">How it is trained.</param>
/// <param name="Logger">Where to say what a user should know.</param>
public sealed record TrainingMethodContext(
    Network Network, LearningTask Task, Device Device, Dataset Dataset, Preprocessor Preprocessor, FineTuneOptions Options, ILogger Logger)
{
    /// <summary>How samples are preprocessed for evaluation, without draws.</summary>
    public required Preprocessor EvaluationPreprocessor { get; init; }
}
