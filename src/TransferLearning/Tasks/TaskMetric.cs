namespace TransferLearning;

/// <summary>Measures a task's outputs batch by batch. Not safe for several threads at once.</summary>
public abstract class TaskMetric
{
    /// <summary>Takes a batch.</summary>
    /// <param name="batch">The batch; it stays the caller's.</param>
    /// <param name="outputs">What <see cref="LearningTask.Compute"/> gave as outputs, on the CPU; they stay the caller's.</param>
    public abstract void Add(Batch batch, Tensor outputs);

    /// <summary>
    /// Names every field that <see cref="Add"/> changes, so that several processes can share an evaluation. Default: false, it cannot be
    /// shared, and every process evaluates all samples.
    /// </summary>
    /// <param name="state">Takes the fields, always in the same order.</param>
    /// <returns>Whether the metric can be shared.</returns>
    public virtual bool Share(MetricState state) => false;

    /// <summary>What was measured.</summary>
    /// <param name="meanLoss">The mean loss over all items.</param>
    /// <param name="correctShare">The share of items predicted correctly; null where that has no meaning.</param>
    public abstract TaskReport ToReport(double meanLoss, double? correctShare);
}
