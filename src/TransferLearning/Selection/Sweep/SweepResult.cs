namespace TransferLearning;

/// <summary>The trials of a <see cref="Sweep"/>, and what to take.</summary>
public sealed class SweepResult
{
    private readonly SweepOptions _options;
    private readonly int _validationCount;

    internal SweepResult(IReadOnlyList<SweepTrial> rows, SweepOptions options, int validationCount, bool wasCancelled)
    {
        (Rows, _options, _validationCount, WasCancelled) = ([.. rows], options, validationCount, wasCancelled);
        Ranking = [.. Longest(Rows).Select(OverSeeds).Order(Comparer<Finalist>.Create(Finalist.Compare))];
    }

    /// <summary>All trials, in the order in which they were run.</summary>
    public IReadOnlyList<SweepTrial> Rows { get; }

    /// <summary>The trial with the best configuration of those that trained for longest, by the mean over its seeds; null where none came
    /// to an end.</summary>
    public SweepTrial? Best => Ranking.Count == 0 ? null : Ranking[0].Trial;

    /// <summary>Whether the caller ended it before all trials were done.</summary>
    public bool WasCancelled { get; }

    /// <summary>Which configuration to take, whether that is more than chance, what it costs, and what to look at next.</summary>
    public IReadOnlyList<string> Recommendation => [.. Choice(), .. Edges(), .. Notes()];

    private IReadOnlyList<Finalist> Ranking { get; }

    /// <summary>Sets up a model, an optimizer and options as the best trial had them, to train once more.</summary>
    /// <param name="model">A model as the sweep's trials began with.</param>
    /// <exception cref="InvalidOperationException">No trial came to an end.</exception>
    public SweepSetup SetUpBest(TransferModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        SweepTrial best = Best ?? throw new InvalidOperationException("No trial came to an end, so there is no best one.");
        SweepSetup setup = new(model, _options.Optimizer, _options.Training with { Seed = best.Seed, Epochs = best.Epochs });
        foreach (SweepAxis axis in _options.Axes)
        {
            setup = axis.Apply(setup, best.Configuration[axis.Name]);
        }

        return setup with { Options = setup.Options with { Seed = best.Seed, Epochs = best.Epochs } };
    }

    /// <summary>The table and the recommendation.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        foreach (SweepTrial row in Rows)
        {
            text.AppendLine(Line(row));
        }

        return text.AppendLine().AppendJoin(Environment.NewLine, Recommendation).ToString();
    }

    /// <summary>A trial in a line.</summary>
    internal static string Line(SweepTrial row) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(row.Bracket is { } bracket ? $"bracket {bracket} rung {row.Rung}" : $"seed {row.Seed}"),-17} {row.Epochs,4} epochs  "
            + $"{(row.HasResult ? Shown(row.Score, row.Loss!.Value) : "no result"),-20} {row.Seconds,8:F1} s {row.TrainedParameters,12:N0} "
            + $"trained  {row.Name}{(row.Error is null ? "" : $"  {row.Error}")}");

    /// <summary>The configurations that trained for longest, each once, the best first.</summary>
    internal static IReadOnlyList<SweepTrial> Longest(IReadOnlyList<SweepTrial> rows)
    {
        SweepTrial[] sound = [.. rows.Where(row => row.HasResult && row.Bracket is not null)];
        int epochs = sound.Select(row => row.Epochs).DefaultIfEmpty().Max();
        return [.. sound.Where(row => row.Epochs == epochs).DistinctBy(row => row.Name)
            .Order(Comparer<SweepTrial>.Create(SweepTrial.Compare))];
    }

    private Finalist OverSeeds(SweepTrial trial) => new(
        trial,
        [
            trial.Score?.Value ?? trial.Loss!.Value,
            .. Rows.Where(row => row.Bracket is null && row.HasResult && row.Epochs == trial.Epochs && row.Name == trial.Name)
                .Select(row => row.Score?.Value ?? row.Loss!.Value),
        ]);

    private IEnumerable<string> Choice()
    {
        if (Best is null)
        {
            yield return "No trial came to an end.";
            yield break;
        }

        Finalist best = Ranking[0];
        string measure = best.Trial.Score?.Name ?? "loss";
        yield return Text($"Take {best.Trial.Name}: {measure} {best.Mean:0.####} on {_validationCount} validation samples after ")
            + Text($"{best.Trial.Epochs} epochs{(best.Values.Count == 1 ? "" : $", the mean of {best.Values.Count} seeds")}, ")
            + Text($"{best.Trial.TrainedParameters:N0} parameters trained in {best.Trial.Seconds:F1} s.");
        if (Ranking.Count == 1)
        {
            yield break;
        }

        Finalist next = Ranking[1];
        double difference = Math.Abs(best.Mean - next.Mean);
        (double? noise, string of) = Noise(best, next);
        string compared = Text($"The next, {next.Trial.Name}, is at {next.Mean:0.####}");
        if (noise is null)
        {
            yield return $"{compared}. Whether that is more than chance is not known: run more seeds.";
        }
        else if (difference > noise)
        {
            yield return Text($"{compared}: the difference, {difference:0.####}, is more than the noise of {of}, {noise:0.####}.");
        }
        else
        {
            yield return Text($"{compared}: the difference, {difference:0.####}, is within the noise of {of}, {noise:0.####}, and may be ")
                + "chance.";
            if (next.Trial.Seconds < best.Trial.Seconds / 1.5)
            {
                yield return Text($"The next takes {best.Trial.Seconds / next.Trial.Seconds:F1} times less time.");
            }
            else if (next.Trial.TrainedParameters < best.Trial.TrainedParameters / 1.5)
            {
                yield return Text($"The next trains {(double)best.Trial.TrainedParameters / next.Trial.TrainedParameters:F1} times fewer ")
                    + "parameters.";
            }
        }
    }

    // What chance alone moves the difference by, 95 times of 100: other seeds, and other validation samples.
    private (double? Noise, string Of) Noise(Finalist best, Finalist next)
    {
        double squares = 0;
        List<string> of = [];
        if (best.Values.Count > 1 && next.Values.Count > 1)
        {
            MeasuredMean a = MeasuredMean.Of(best.Values), b = MeasuredMean.Of(next.Values);
            int freedom = Math.Min(best.Values.Count, next.Values.Count);
            double error = Math.Sqrt((a.Deviation * a.Deviation / a.Count) + (b.Deviation * b.Deviation / b.Count));
            squares += Math.Pow(MeasuredMean.Quantile(freedom) * error, 2);
            of.Add($"{freedom} seeds");
        }

        if (best.Trial.Score is { Name: "accuracy" })
        {
            double Variance(Finalist of) => of.Mean * (1 - of.Mean) / _validationCount;
            squares += Math.Pow(1.96, 2) * (Variance(best) + Variance(next));
            of.Add($"{_validationCount} validation samples");
        }

        return of.Count == 0 ? (null, "") : (Math.Sqrt(squares), string.Join(" and ", of));
    }

    private IEnumerable<string> Edges()
    {
        foreach (SweepAxis axis in _options.Axes.Where(axis => axis is { IsOrdered: true, Values.Count: > 2 }))
        {
            string? value = Best?.Configuration[axis.Name];
            if (value == axis.Values![0] || value == axis.Values[^1])
            {
                yield return $"The best {axis.Name}, {value}, is at the end of its list: try values beyond it.";
            }
        }
    }

    private IEnumerable<string> Notes()
    {
        SweepTrial[] failed = [.. Rows.Where(row => row.Error is not null)];
        if (failed.Length > 0)
        {
            yield return $"{failed.Length} of {Rows.Count} trials failed; the first, {failed[0].Name}: {failed[0].Error}";
        }

        if (WasCancelled)
        {
            yield return $"It was ended after {Rows.Count} trials"
                + (_options.File is null ? "." : $"; what is done is in '{_options.File}', and the same call runs the rest.");
        }
    }

    private static string Shown(Score? score, double loss) => score?.ToString() ?? Text($"loss {loss:0.####}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Finalist(SweepTrial Trial, IReadOnlyList<double> Values)
    {
        public double Mean => Values.Average();

        // Those with further seeds were the best, and stay before the others.
        public static int Compare(Finalist first, Finalist second)
        {
            int bySeeds = (second.Values.Count > 1).CompareTo(first.Values.Count > 1);
            bool isHigherBetter = first.Trial.Score?.IsHigherBetter ?? false;
            int byMean = isHigherBetter ? second.Mean.CompareTo(first.Mean) : first.Mean.CompareTo(second.Mean);
            return bySeeds != 0 ? bySeeds : byMean != 0 ? byMean : SweepTrial.Compare(first.Trial, second.Trial);
        }
    }
}
