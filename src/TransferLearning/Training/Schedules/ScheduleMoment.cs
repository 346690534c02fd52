namespace TransferLearning;

/// <summary>When in a run a schedule is asked, and all that it may look at.</summary>
/// <param name="Step">How many optimiser steps have been taken.</param>
/// <param name="TotalSteps">How many the whole run takes.</param>
/// <param name="StepsPerEpoch">How many an epoch takes, at least 1.</param>
/// <param name="BaseRate">The learning rate of the optimiser's options.</param>
/// <param name="EpochLosses">The watched number of each finished epoch, oldest first.</param>
internal readonly record struct ScheduleMoment(
    long Step, long TotalSteps, long StepsPerEpoch, double BaseRate, IReadOnlyList<double> EpochLosses)
{
    /// <summary>How many whole units have passed.</summary>
    public long Position(ScheduleUnit unit) => unit == ScheduleUnit.Step ? Step : Step / StepsPerEpoch;

    /// <summary>How many units the run has, above 0; a run may end within an epoch.</summary>
    public double Length(ScheduleUnit unit) => Math.Max(1.0, TotalSteps) / (unit == ScheduleUnit.Step ? 1 : StepsPerEpoch);

    /// <summary>The same moment for a schedule that starts after the first <paramref name="length"/> units.</summary>
    public ScheduleMoment After(int length, ScheduleUnit unit)
    {
        long steps = unit == ScheduleUnit.Step ? length : length * StepsPerEpoch;
        return this with { Step = Step - steps, TotalSteps = TotalSteps - steps };
    }
}
