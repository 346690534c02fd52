using System.Text.Json.Serialization;

namespace TransferLearning;

/// <summary>The running state of a training run beside its tensors: what a checkpoint's metadata holds.</summary>
/// <param name="Identity">What must be the same to resume.</param>
/// <param name="Step">How many optimiser steps are done.</param>
/// <param name="Epoch">The epoch that is being made, from 0.</param>
/// <param name="Totals">How far it is.</param>
/// <param name="Epochs">The epochs before it.</param>
/// <param name="Evaluations">All evaluations on the validation set.</param>
/// <param name="StepCounts">How often the optimiser has changed each parameter.</param>
/// <param name="AverageUpdates">How many steps are in the average of the weights.</param>
/// <param name="EpochSeconds">How long the epoch has taken so far.</param>
/// <param name="Seconds">How long the run has taken so far.</param>
/// <param name="Skipped">The damaged samples that were skipped.</param>
/// <param name="Ended">Why the run ended; null while it has not.</param>
internal sealed record RunRecord(
    IReadOnlyDictionary<string, string> Identity, long Step, int Epoch, EpochTotals Totals, IReadOnlyList<EpochResult> Epochs,
    IReadOnlyList<TrainingEvaluation> Evaluations, IReadOnlyDictionary<string, long> StepCounts, long AverageUpdates, double EpochSeconds,
    double Seconds, SkippedSamples Skipped, StopReason? Ended)
{
    public const int CurrentVersion = 2;

    /// <summary>What the run was planned to do; null for one without limits.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BudgetPlan? Plan { get; init; }

    /// <summary>The optimizer in PyTorch's words; null in runs of older versions.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public OptimizerOutline? Optimizer { get; init; }

    /// <summary>How much of its time limit the run has taken so far.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public double BudgetSeconds { get; init; }

    public int Version { get; init; } = CurrentVersion;
}
