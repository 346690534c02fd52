namespace TransferLearning;

/// <summary>A short straight climb to the optimizer's rate and a long straight fall over the rest of the run.</summary>
/// <remarks>
/// <para>Counts steps. With T steps, cut = floor(T cutFraction) and p = t / cut before it, 1 - (t - cut) / (T - cut) after it, the rate of
/// step t is that of the optimizer times (1 + p (ratio - 1)) / ratio.</para>
/// <para>Howard and Ruder, "Universal Language Model Fine-tuning for Text Classification" (2018), whose fall ends at cut / cutFraction: the
/// same where T cutFraction is whole, and below 0 in short runs where it is not.</para>
/// </remarks>
public sealed record SlantedTriangularSchedule : LearningRateSchedule
{
    /// <summary>Creates the schedule; units are steps.</summary>
    /// <param name="cutFraction">What part of the run the climb takes, at least 0 and below 1.</param>
    /// <param name="ratio">How many times smaller the smallest rate is than the largest, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of its range.</exception>
    public SlantedTriangularSchedule(double cutFraction = 0.1, double ratio = 32)
    {
        CutFraction = ValidNumber.BelowOne(cutFraction, nameof(cutFraction));
        ArgumentOutOfRangeException.ThrowIfLessThan(ratio, 1);
        Ratio = ValidNumber.Finite(ratio, nameof(ratio));
        Unit = ScheduleUnit.Step;
    }

    /// <summary>What part of the run the climb takes.</summary>
    public double CutFraction { get; }

    /// <summary>How many times smaller the smallest rate is than the largest.</summary>
    public double Ratio { get; }

    /// <inheritdoc/>
    internal override double LearningRate(in ScheduleMoment moment)
    {
        double length = moment.Length(Unit), cut = Math.Floor(length * CutFraction), position = Math.Min(moment.Position(Unit), length);
        double height = position < cut ? position / cut : 1 - ((position - cut) / (length - cut));
        return moment.BaseRate * (1 + (height * (Ratio - 1))) / Ratio;
    }
}
