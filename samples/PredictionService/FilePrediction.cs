namespace TransferLearning.Samples;

/// <summary>What became of one uploaded file: a prediction, or an error.</summary>
/// <param name="File">Its name, as it was uploaded.</param>
/// <param name="ClassName">The likeliest class.</param>
/// <param name="Probability">How likely it is, 0 to 1.</param>
/// <param name="ModelVersion">Which version of the model predicted it.</param>
/// <param name="Error">Why there is no prediction.</param>
public sealed record FilePrediction(
    string File, string? ClassName = null, double? Probability = null, int? ModelVersion = null, string? Error = null);
