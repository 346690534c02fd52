namespace TransferLearning;

/// <summary>How models are averaged.</summary>
public sealed record SoupOptions
{
    /// <summary>How they are evaluated. Default: null, as <c>Evaluate</c> does.</summary>
    public EvaluateOptions? Evaluation { get; init; }

    /// <summary>Samples from which a mean's batch norms take their statistics before it is evaluated, the training set: with those of its
    /// members a mean of convolutional networks is worth little. Default: null, the members' are averaged like weights.</summary>
    public Dataset? BatchNormSamples { get; init; }

    /// <summary>How those samples are read. Default: null, as <c>AdaptBatchNorms</c> does.</summary>
    public BatchNormOptions? BatchNorms { get; init; }
}
