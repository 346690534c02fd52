namespace TransferLearning.Hosting;

/// <summary>Predicts by the current version of a hosted model: what a service injects, with the model's name as the key.</summary>
public interface IModelPredictor
{
    /// <summary>Predicts the classes of one input, together with those of other callers.</summary>
    /// <param name="input">The input in memory: an <see cref="EncodedImage"/>, a <see cref="TextContent"/>, an <see cref="EncodedAudio"/>,
    /// … as the model takes them. Paths are not taken: they would be the caller's.</param>
    /// <param name="cancellationToken">Gives the answer up; the others of its batch are not touched.</param>
    /// <returns>The prediction, and which version of the model it is by.</returns>
    /// <exception cref="ModelOverloadedException">The queue is full; the exception says when to try again.</exception>
    /// <exception cref="MediaException">The input is no image or sound, or a damaged one. Only its own caller gets that.</exception>
    /// <exception cref="ObjectDisposedException">The host is shutting down.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled.</exception>
    Task<HostedPrediction> PredictAsync(SampleContent input, CancellationToken cancellationToken = default);
}
