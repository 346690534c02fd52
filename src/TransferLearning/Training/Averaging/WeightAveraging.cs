namespace TransferLearning;

/// <summary>A mean of the weights of several steps, which is evaluated and kept instead of the weights themselves.</summary>
/// <remarks>Immutable data; what is averaged of a run lies in its checkpoints, so that a run that resumes equals one that was never
/// interrupted.</remarks>
public abstract record WeightAveraging
{
    private protected WeightAveraging() { }

    /// <summary>How much of the average stays when the weights are taken in, from 0, which copies them, to 1; null leaves the average as it
    /// is.</summary>
    internal abstract double? Kept(in AveragingMoment moment);

    /// <summary>Whether statistics of batch norms are averaged like weights.</summary>
    internal virtual bool AveragesBuffers => false;

    /// <summary>Whether batch norms take their statistics from the training data before the average is used.</summary>
    internal virtual bool UpdatesBatchNorms => false;

    /// <summary>The same for a run that is shortened: what counts epochs or steps shrinks in proportion.</summary>
    /// <param name="epochs">The share of the epochs that is left.</param>
    /// <param name="steps">The share of the steps that is left.</param>
    internal virtual WeightAveraging Shortened(double epochs, double steps) => this;

    /// <summary>Refuses options with which it has no meaning.</summary>
    /// <exception cref="ArgumentException">It has none; the message names the remedy.</exception>
    internal virtual void Check(FineTuneOptions options) { }
}
