namespace TransferLearning;

/// <summary>What a model predicted for one sample, and what it is.</summary>
/// <param name="Index">The number of the sample in its data set.</param>
/// <param name="Name">What it is called: a path, usually.</param>
/// <param name="Label">The true class; -1 for a task without exactly one.</param>
/// <param name="LabelName">Its name; empty where there is none.</param>
/// <param name="Predicted">The predicted class; -1 for a task without exactly one.</param>
/// <param name="PredictedName">Its name; empty where there is none.</param>
/// <param name="Score">How sure the model was of what it predicted, 0 to 1; of a regression the predicted number.</param>
/// <param name="Loss">The loss of the sample alone.</param>
/// <param name="IsCorrect">Whether the prediction is right; null where that has no meaning.</param>
public sealed record SamplePrediction(
    int Index, string Name, int Label, string LabelName, int Predicted, string PredictedName, double Score, double Loss, bool? IsCorrect)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"'{Name}': {(Label < 0 ? "" : $"{LabelName}, predicted {PredictedName} ")}with {Score:F3}, loss {Loss:F3}");
}
