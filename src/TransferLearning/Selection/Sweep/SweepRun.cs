using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;

namespace TransferLearning;

/// <summary>Runs the trials of a sweep, but for those that its file has.</summary>
internal sealed class SweepRun : IDisposable
{
    private const int Finalists = 2;

    private readonly Func<TransferModel> _model;
    private readonly Dataset _train;
    private readonly Dataset _validation;
    private readonly SweepOptions _options;
    private readonly IProgress<SweepProgress>? _progress;
    private readonly FeatureCache _cache;
    private readonly SweepFile? _file;
    private readonly List<SweepTrial> _rows = [];
    private int _planned;

    public SweepRun(
        Func<TransferModel> model, Dataset train, Dataset validation, SweepOptions options, IProgress<SweepProgress>? progress)
    {
        (_model, _train, _validation, _options, _progress) = (model, train, validation, options, progress);
        _cache = options.Training.FeatureCache ?? new FeatureCache();
        _file = options.File is null ? null : new SweepFile(options.File, Job());
    }

    /// <summary>Runs brackets, and further seeds of the best.</summary>
    public SweepResult Run(CancellationToken cancellationToken)
    {
        SweepConfigurations configurations = new(_options);
        (SweepBracket Bracket, IReadOnlyList<IReadOnlyList<string>> Configurations)[] all =
            [.. _options.Brackets.Select(bracket => (bracket, configurations.Of(bracket.Number, bracket.Rungs[0].Configurations)))];
        int seeds = Finalists * (_options.Seeds - 1);
        _planned = all.Sum(entry => entry.Bracket.Rungs.Sum(rung => Math.Min(rung.Configurations, entry.Configurations.Count))) + seeds;
        bool isDone = all.All(entry => RunBracket(entry.Bracket, entry.Configurations, cancellationToken))
            && RunSeeds(cancellationToken);
        return new SweepResult(_rows, _options, _validation.Count, wasCancelled: !isDone);
    }

    public void Dispose()
    {
        _file?.Dispose();
        if (!ReferenceEquals(_cache, _options.Training.FeatureCache))
        {
            _cache.Dispose();
        }
    }

    /// <summary>Whether all of a bracket is done; false where the caller cancelled.</summary>
    private bool RunBracket(
        SweepBracket bracket, IReadOnlyList<IReadOnlyList<string>> configurations, CancellationToken cancellationToken)
    {
        int[] left = [.. Enumerable.Range(0, configurations.Count)];
        for (int rung = 0; rung < bracket.Rungs.Count; rung++)
        {
            // The order of the rung before is that of the best; what failed does not continue.
            left = left[..Math.Min(left.Length, bracket.Rungs[rung].Configurations)];
            List<SweepTrial> rows = [];
            foreach (int number in left)
            {
                SweepTrial planned = new(
                    bracket.Number, rung, number, Named(configurations[number]), bracket.Rungs[rung].Epochs, _options.Training.Seed);
                if (RunTrial(planned, configurations[number], cancellationToken) is not { } row)
                {
                    return false;
                }

                rows.Add(row);
            }

            left = [.. rows.Where(row => row.HasResult).Order(Comparer<SweepTrial>.Create(SweepTrial.Compare)).Select(row => row.Number)];
        }

        return true;
    }

    // The best of those that trained for longest, with other seeds.
    private bool RunSeeds(CancellationToken cancellationToken)
    {
        SweepTrial[] best = [.. SweepResult.Longest(_rows).Take(Finalists)];
        for (int rank = 0; rank < best.Length; rank++)
        {
            for (int seed = 1; seed < _options.Seeds; seed++)
            {
                SweepTrial planned = new(
                    null, 0, rank, best[rank].Configuration, best[rank].Epochs, unchecked(_options.Training.Seed + seed));
                if (RunTrial(planned, [.. _options.Axes.Select(axis => planned.Configuration[axis.Name])], cancellationToken) is null)
                {
                    return false;
                }
            }
        }

        return true;
    }

    private SweepTrial? RunTrial(SweepTrial planned, IReadOnlyList<string> values, CancellationToken cancellationToken)
    {
        if (cancellationToken.IsCancellationRequested)
        {
            return null;
        }

        // Brackets share configurations where there are few; the same run would give the same result.
        SweepTrial? known = _file?.Find(planned);
        SweepTrial? same = known is null
            ? _rows.Find(row => (row.Name, row.Epochs, row.Seed) == (planned.Name, planned.Epochs, planned.Seed))
            : null;
        SweepTrial? row = known
            ?? (same is null
                ? Train(planned, values, cancellationToken)
                : same with { Bracket = planned.Bracket, Rung = planned.Rung, Number = planned.Number });
        if (row is null)
        {
            return null;
        }

        if (known is null)
        {
            _file?.Add(row);
        }

        _rows.Add(row);
        TrainingLog.Planned(
            _options.Logger ?? NullLogger.Instance, $"Trial {_rows.Count} of at most {_planned}: {SweepResult.Line(row)}");
        _progress?.Report(new SweepProgress(_rows.Count, _planned, row, known is not null || same is not null));
        return row;
    }

    private SweepTrial? Train(SweepTrial planned, IReadOnlyList<string> values, CancellationToken cancellationToken)
    {
        Stopwatch clock = Stopwatch.StartNew();
        TransferModel? first = null, last = null;
        try
        {
            first = last = _model();
            SweepSetup setup = new(first, _options.Optimizer, _options.Training with { Seed = planned.Seed, FeatureCache = null });
            for (int i = 0; i < values.Count; i++)
            {
                setup = _options.Axes[i].Apply(setup, values[i]);
                last = setup.Model;
            }

            FineTuneOptions options = setup.Options with { Epochs = planned.Epochs, Seed = planned.Seed, Validation = _validation };
            TrainingHistory history = last.FineTune(
                _train,
                setup.Optimizer,
                KeepsFeatures(last, options) ? options with { FeatureCache = _cache } : options,
                cancellationToken: cancellationToken);
            TrainingEvaluation? best = history.Evaluations.LastOrDefault(evaluation => evaluation.IsBest);
            return history.StopReason == StopReason.Cancelled ? null : planned with
            {
                Score = best?.Score,
                Loss = best?.Loss,
                Seconds = clock.Elapsed.TotalSeconds,
                TrainedParameters = history.TrainedParameters,
                Ended = history.StopReason,
                Error = best is null ? "It ended before it was evaluated." : null,
            };
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
#pragma warning disable CA1031 // whatever is wrong with one configuration must not end the others
        catch (Exception exception) when (exception is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            return planned with { Seconds = clock.Elapsed.TotalSeconds, Error = $"{exception.GetType().Name}: {exception.Message}" };
        }
        finally
        {
            last?.Dispose();
            first?.Dispose();
        }
    }

    // What a run could not keep, it refuses to be given a cache for.
    private static bool KeepsFeatures(TransferModel model, FineTuneOptions options)
    {
        bool hasHeadAlone = options.Recipe?.PhasesOf(model.Module.Stages).Any(phase => phase.From == RecipePhase.HeadOnly) == true;
        FrozenPart? frozen = hasHeadAlone ? new FrozenPart(model.Module) : model.Parts().Frozen;
        return options.FeatureCache is null
            && frozen is not null
            && model.Module.HeadKind == HeadKind.Pooled
            && options.Methods.All(method => method.Input < MethodInput.Samples)
            && (options.CachedViews > 0 || (options.Preprocessor?.IsDeterministic ?? frozen.Stage is null));
    }

    private Dictionary<string, string> Named(IReadOnlyList<string> values)
        => _options.Axes.Zip(values).ToDictionary(entry => entry.First.Name, entry => entry.Second);

    // What must be the same for a table to be continued.
    private Dictionary<string, string> Job()
    {
        using TransferModel model = _model();
        Dictionary<string, string> job = new(RunIdentity.OfOptions(_options.Training))
        {
            ["model"] = model.Parts().Description,
            ["training samples"] = _train.Fingerprint,
            ["validation samples"] = _validation.Fingerprint,
            ["preprocessing"] = $"{_options.Training.Preprocessor?.Fingerprint ?? "the model's own"}, {model.Preprocessor.Fingerprint}",
            ["optimizer"] = RunIdentity.Describe(_options.Optimizer),
            ["limits"] = $"{RunIdentity.Describe(_options.Training.TimeLimit)}, {RunIdentity.Describe(_options.Training.MaxMemory)}",
            ["recipe"] = $"{RunIdentity.Describe(_options.Training.Recipe)}, {RunIdentity.Describe(_options.Training.StageRates)}",
            ["axes"] = string.Join("; ", _options.Axes),
            ["method"] = $"{_options.Method}, {_options.Sampling}, from {_options.MinimumEpochs} to {_options.MaximumEpochs} epochs, one "
                + $"of {_options.Eta}, {RunIdentity.Describe(_options.Configurations)} configurations, seed "
                + $"{RunIdentity.Describe(_options.Seed)}, {_options.Seeds} seeds",
        };
        job.Remove(nameof(FineTuneOptions.Epochs));
        return job;
    }
}
