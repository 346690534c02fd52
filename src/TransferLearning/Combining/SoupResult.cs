namespace TransferLearning;

/// <summary>A model that is the mean of others. It owns the model.</summary>
/// <param name="Model">The model.</param>
/// <param name="Trials">What became of each saved model, in the order in which they were tried.</param>
/// <param name="Evaluation">What the model reaches on the validation samples.</param>
public sealed record SoupResult(TransferModel Model, IReadOnlyList<SoupTrial> Trials, EvaluationResult Evaluation) : IDisposable
{
    /// <summary>The saved models that are in the mean, in the order in which they came in.</summary>
    public IReadOnlyList<string> Members => [.. Trials.Where(trial => trial.IsMember).Select(trial => trial.Path)];

    /// <summary>Frees the model.</summary>
    public void Dispose() => Model.Dispose();
}
