namespace TransferLearning;

/// <summary>What happened in a training run, for those who watch (<see cref="FineTuneOptions.Observers"/>): immutable records, reported in
/// order on the training thread. An observer cannot change the run; it only takes its time.</summary>
/// <param name="Step">How many optimiser steps were done when it happened.</param>
// CA1034: the kinds of event are read as one list, TrainingEvent.StepTaken and so on.
#pragma warning disable CA1034
public abstract record TrainingEvent(long Step)
{
    /// <summary>The run began, or went on from a checkpoint if <paramref name="Step"/> is not 0.</summary>
    /// <param name="Step">How many steps are done already.</param>
    /// <param name="TotalSteps">How many steps the whole run has.</param>
    public sealed record Started(long Step, long TotalSteps) : TrainingEvent(Step);

    /// <summary>A step was taken. Reported on CUDA too, but there the loss is read only now and then.</summary>
    /// <param name="Step">How many steps are done.</param>
    /// <param name="Epoch">The epoch, from 1.</param>
    /// <param name="LearningRate">The rate of the step.</param>
    /// <param name="Loss">The mean loss of the step; null where it has not been read from the device yet.</param>
    /// <param name="GradientNorm">The norm of all gradients before clipping; null unless they are clipped by norm.</param>
    public sealed record StepTaken(long Step, int Epoch, double LearningRate, double? Loss, double? GradientNorm) : TrainingEvent(Step)
    {
        /// <summary>How many samples the step had.</summary>
        public long Samples { get; init; }
    }

    /// <summary>The validation set was looked at.</summary>
    /// <param name="Evaluation">What came out.</param>
    public sealed record Evaluated(TrainingEvaluation Evaluation) : TrainingEvent(Evaluation.Step);

    /// <summary>An epoch ended.</summary>
    /// <param name="Step">How many steps are done.</param>
    /// <param name="Result">What it gave.</param>
    public sealed record EpochEnded(long Step, EpochResult Result) : TrainingEvent(Step);

    /// <summary>A checkpoint is on the disk.</summary>
    /// <param name="Step">The step it holds, which may lie back a little: it is written on another thread.</param>
    /// <param name="Path">The file.</param>
    public sealed record CheckpointWritten(long Step, string Path) : TrainingEvent(Step);

    /// <summary>The run ended.</summary>
    /// <param name="Step">How many steps were done.</param>
    /// <param name="Reason">Why.</param>
    public sealed record Ended(long Step, StopReason Reason) : TrainingEvent(Step);
}
#pragma warning restore CA1034
