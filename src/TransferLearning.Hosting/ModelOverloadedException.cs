namespace TransferLearning.Hosting;

/// <summary>The queue of a hosted model is full. A web service answers 503 with <c>Retry-After</c>.</summary>
public sealed class ModelOverloadedException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="model">The name of the model.</param>
    /// <param name="capacity">How many requests may wait.</param>
    /// <param name="retryAfter">How long it would take to answer them all.</param>
    public ModelOverloadedException(string model, int capacity, TimeSpan retryAfter)
        : base(
            $"{capacity} requests wait for the model '{model}', and no more may: try again in {retryAfter.TotalSeconds:0.###} seconds, or "
                + $"raise {nameof(HostedModelOptions.QueueCapacity)}.")
        => RetryAfter = retryAfter;

    /// <summary>How long it would take to answer those that wait, by the speed of the last batches; at least a second.</summary>
    public TimeSpan RetryAfter { get; }
}
