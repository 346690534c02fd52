namespace TransferLearning;

/// <summary>Measures a task's outputs batch by batch. Not safe for several threads at once.</summary>
public abstract class TaskMetric
{
    /// <summary>Takes a batch.</summary>
    /// <param name="batch">The batch; it stays the caller's.</param>
    /// <param name="outputs">What <see cref="LearningTask.Compute"/> gave as outputs, on the CPU; they stay the caller's.</param>
    public abstract void Add(Batch batch, Tensor outputs);

    /// <summary>What was measured.</summary>
    /// <param name="meanLoss">The mean loss over all items.</param>
    /// <param name="correctShare">The share of items predicted correctly; null where that has no meaning.</param>
    public abstract TaskReport ToReport(double meanLoss, double? correctShare);
}
