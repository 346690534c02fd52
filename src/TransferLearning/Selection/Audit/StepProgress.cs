namespace TransferLearning;

/// <summary>Reports the progress of one step of an audit.</summary>
/// <param name="progress">Where to.</param>
/// <param name="step">What is being done.</param>
/// <param name="total">Of how many samples.</param>
internal sealed class StepProgress(IProgress<AuditProgress> progress, string step, int total) : IProgress<int>
{
    public void Report(int value) => progress.Report(new AuditProgress(step, value, total));
}
