namespace TransferLearning.Hosting;

/// <summary>A prediction and what it is by: between two calls the model may have been swapped, and its classes with it.</summary>
/// <param name="Prediction">The classes, the likeliest first.</param>
/// <param name="Version">The version of the model.</param>
public sealed record HostedPrediction(Prediction Prediction, ModelVersion Version);
