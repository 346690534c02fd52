namespace TransferLearning.Benchmarks;

/// <summary>What a method is worth on a task, over its seeds.</summary>
/// <param name="Task">The task.</param>
/// <param name="Method">The method.</param>
/// <param name="Source">The paper it is from.</param>
/// <param name="Seeds">How many runs.</param>
/// <param name="Accuracy">The mean accuracy.</param>
/// <param name="Spread">Its standard deviation over the seeds.</param>
/// <param name="Gain">The mean difference to fine-tuning with the same seed.</param>
/// <param name="GainSpread">Its standard deviation.</param>
/// <param name="Shifted">The mean accuracy on corrupted images; null for texts.</param>
/// <param name="ShiftedGain">Its mean difference to fine-tuning.</param>
/// <param name="Trained">How many parameters were trained.</param>
/// <param name="TrainedShare">Their share of those of the model.</param>
/// <param name="Seconds">The median.</param>
/// <param name="ProcessorSeconds">The median.</param>
/// <param name="PeakMegabytes">The largest.</param>
/// <param name="Pays">Why it pays; empty where it does not.</param>
internal sealed record MethodSummary(
    string Task, string Method, string Source, int Seeds, double Accuracy, double Spread, double Gain, double GainSpread, double? Shifted,
    double? ShiftedGain, long Trained, double TrainedShare, double Seconds, double ProcessorSeconds, double PeakMegabytes, string Pays)
{
    // Smaller differences say nothing: the test sets have 112 to 500 samples.
    private const double Point = 0.01;
    private const double FewerSeconds = 2.0 / 3;
    private const double FewWeights = 0.05;

    /// <summary>Every method on every task that it was tried on with all seeds, in the order of the lists.</summary>
    public static IReadOnlyList<MethodSummary> Of(IReadOnlyList<MethodRow> rows)
    {
        ILookup<(string, string), MethodRow> runs = rows.ToLookup(row => (row.Task, row.Method));
        return
        [
            .. from task in MethodTask.All
               from method in MethodList.All
               where runs[(task.Name, method.Name)].Count() >= MethodJobs.Seeds
                   && runs[(task.Name, MethodList.Baseline)].Count() >= MethodJobs.Seeds
               select Of(method, [.. runs[(task.Name, method.Name)]], [.. runs[(task.Name, MethodList.Baseline)]]),
        ];
    }

    private static MethodSummary Of(TransferMethod method, MethodRow[] runs, MethodRow[] baseline)
    {
        (MethodRow Run, MethodRow Base)[] pairs = [.. runs.Join(baseline, run => run.Seed, one => one.Seed, (run, one) => (run, one))];
        double[] gains = [.. pairs.Select(pair => pair.Run.Accuracy - pair.Base.Accuracy)];
        double[] shiftedGains =
        [
            .. pairs.Select(pair => pair.Run.Shifted - pair.Base.Shifted).Where(gain => gain is not null).Select(gain => gain!.Value),
        ];
        double processorSeconds = Median(runs.Select(run => run.ProcessorSeconds));
        double share = (double)runs[0].Trained / runs[0].Parameters;
        bool isBaseline = method.Name == MethodList.Baseline;
        List<string> reasons = [];
        if (!isBaseline && Holds(gains))
        {
            reasons.Add("accuracy");
        }

        if (!isBaseline && Holds(shiftedGains))
        {
            reasons.Add("corrupted images");
        }

        if (!isBaseline && gains.Length > 0 && gains.Average() >= -Point)
        {
            if (processorSeconds <= FewerSeconds * Median(baseline.Select(run => run.ProcessorSeconds)))
            {
                reasons.Add("time");
            }

            if (share <= FewWeights)
            {
                reasons.Add("few weights");
            }
        }

        return new MethodSummary(
            runs[0].Task,
            method.Name,
            method.Source,
            runs.Length,
            runs.Average(run => run.Accuracy),
            Deviation([.. runs.Select(run => run.Accuracy)]),
            gains.DefaultIfEmpty().Average(),
            Deviation(gains),
            runs.Average(run => run.Shifted),
            shiftedGains.Length > 0 ? shiftedGains.Average() : null,
            runs[0].Trained,
            share,
            Median(runs.Select(run => run.Seconds)),
            processorSeconds,
            runs.Max(run => run.PeakBytes) / 1048576.0,
            string.Join(", ", reasons));
    }

    // At least a point more in the mean, and with every seed at least as good.
    private static bool Holds(double[] gains) => gains.Length > 0 && gains.Average() >= Point && gains.All(gain => gain >= 0);

    private static double Deviation(double[] values)
        => values.Length < 2 ? 0 : Math.Sqrt(values.Sum(value => Math.Pow(value - values.Average(), 2)) / (values.Length - 1));

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
