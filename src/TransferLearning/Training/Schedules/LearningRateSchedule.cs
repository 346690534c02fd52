namespace TransferLearning;

/// <summary>How the learning rate moves during a run: immutable data, and a function of the moment alone, so that a resumed run resumes as
/// if it had not been interrupted.</summary>
/// <remarks>
/// <para>The rate comes out as that of the whole network; parts with a factor of their own have it multiplied on.</para>
/// <para>Names, numbers and defaults are those of <c>torch.optim.lr_scheduler</c>. Each schedule counts in a <see cref="Unit"/>: epochs,
/// unless its page says otherwise. Change it with <c>new StepSchedule(500) { Unit = ScheduleUnit.Step }</c>.</para>
/// </remarks>
public abstract record LearningRateSchedule
{
    private protected LearningRateSchedule() { }

    /// <summary>What all lengths and positions of this schedule count.</summary>
    public ScheduleUnit Unit { get; init; }

    /// <summary>The learning rate of the step that is about to be taken.</summary>
    internal abstract double LearningRate(in ScheduleMoment moment);

    /// <summary>The momentum (Adam's beta1) of that step, or null when this schedule does not move it.</summary>
    internal virtual double? Momentum(in ScheduleMoment moment) => null;

    /// <summary>The same schedule for a run that is shortened: what is not measured by the length of the run shrinks in
    /// proportion.</summary>
    /// <param name="epochs">The share of the epochs that is left.</param>
    /// <param name="steps">The share of the steps that is left.</param>
    internal virtual LearningRateSchedule Shortened(double epochs, double steps) => this;

    /// <summary>What is left of a number of units, at least 1.</summary>
    private protected int Shorter(int units, double epochs, double steps)
        => Math.Max(1, (int)Math.Round(units * (Unit == ScheduleUnit.Step ? steps : epochs)));

    /// <summary>A half cosine from one number to another; <paramref name="share"/> from 0 to 1 is how far along.</summary>
    private protected static double CosineBetween(double from, double to, double share)
        => to + ((from - to) * (1 + Math.Cos(Math.PI * share)) / 2);

    /// <summary>A straight line from one number to another.</summary>
    private protected static double LineBetween(double from, double to, double share) => from + ((to - from) * share);
}
