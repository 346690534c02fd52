using Microsoft.Extensions.Logging.Abstractions;

namespace TransferLearning;

/// <summary>One call of <c>FineTune</c>: the phases of its recipe one after the other, each a run of training of its own with its part of
/// what the model trains. Without a recipe there is one phase, in which all of that is trained.</summary>
/// <remarks>Each phase has a folder of its own for checkpoints. A phase that has ended gives its weights and history at once when the run
/// is resumed, so the whole equals one that was never interrupted.</remarks>
internal sealed class RecipeRun : IDisposable
{
    private const long BetweenSeeds = 1_000_003; // phases of the same data must not draw the same
    private const string Folders = "phase-";

    private readonly TransferModel _model;
    private readonly Dataset _dataset;
    private readonly Optimizer _optimizer;
    private readonly FineTuneOptions _options;
    private readonly Ranks _ranks;
    private readonly ILogger _logger;
    private readonly HashSet<string> _trained;
    private readonly IReadOnlyList<RecipePhase> _phases;
    private readonly NetworkStage? _patches;
    private readonly PyTorchCheckpoint? _start;
    private bool _hasBegun;

    /// <summary>Notes what the model trains, and checks the recipe.</summary>
    /// <exception cref="ArgumentException">The recipe does not fit the model or the other options.</exception>
    public RecipeRun(TransferModel model, Dataset dataset, Optimizer optimizer, FineTuneOptions options, string? resume)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(optimizer);
        _start = PyTorchCheckpoint.At(resume, model.Module);
        options = _start is null ? options.Resuming(resume) : options.GoingOnFrom(_start);
        (_model, _dataset, _optimizer, _options) = (model, dataset, optimizer, options.OfThisProcess());
        (_ranks, _logger) = (new Ranks(options.Communicator), _options.Logger ?? NullLogger.Instance);
        _trained = [.. model.Module.named_parameters().Where(entry => entry.parameter.requires_grad).Select(entry => entry.name)];
        _phases = Phases();
        _patches = Patches();
    }

    private bool HasSeveral => _phases.Count > 1;

    /// <summary>Trains phase by phase until all are done or the caller cancels.</summary>
    public TrainingHistory Train(IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        _ranks.Guard(CheckFolder);
        _ranks.Check();
        if (HasSeveral)
        {
            CheckPhases();
        }

        _start?.Check(_options, HasSeveral);
        _start?.LoadInto(_model.Module);

        TrainingHistory history = new([], StopReason.Completed, 0, 0, SkippedSamples.None, 0);
        bool isReported = false, isProbed = false;
        _hasBegun = true;
        for (int i = 0; i < _phases.Count && history.StopReason != StopReason.Cancelled; i++)
        {
            Enter(_phases[i]);
            if (_options.Recipe is not null)
            {
                TrainingLog.Phase(_logger, $"Phase {i + 1} of {_phases.Count}, {_phases[i].Name}");
            }

            try
            {
                if (_phases[i].Probe is { } probe && CanFit(probe, _phases[i]))
                {
                    isProbed = !HasCheckpoint(i + 1) && Fit(probe, ref history, cancellationToken);
                    continue;
                }

                FineTuneOptions options = OptionsOf(i, Best(history));
                if (isProbed && _options.Validation is not null)
                {
                    options = OptionsOf(i, Begin(options).Validate(cancellationToken));
                }

                (history, isReported, isProbed) =
                    (TrainPhase(i, options, history, isReported, progress, cancellationToken), true, false);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested || !_ranks.IsAlone)
            {
                history = history with { StopReason = StopReason.Cancelled };
            }
        }

        foreach (IProgress<TrainingEvent> observer in _options.Recipe is null ? [] : _options.Observers)
        {
            observer.Report(new TrainingEvent.Ended(history.Steps, history.StopReason));
        }

        return history;
    }

    /// <summary>Searches a learning rate for what is trained without a recipe.</summary>
    /// <exception cref="ArgumentException">There is a recipe.</exception>
    public LearningRateCurve FindLearningRate(LearningRateFinderOptions finder, CancellationToken cancellationToken)
    {
        if (_options.Recipe is not null)
        {
            throw new ArgumentException(
                $"A learning rate is searched for one phase, and {nameof(FineTuneOptions.Recipe)} has phases of its own: leave it out, and "
                    + "freeze what is frozen in the phase that the rate is for.");
        }

        Enter(_phases[0]);
        return Begin(_options).FindLearningRate(_optimizer, finder, cancellationToken);
    }

    /// <summary>Leaves the model with what the last phase trains, the patches too; as it was where nothing was trained.</summary>
    public void Dispose()
    {
        _start?.Dispose();
        RecipePhase last = _phases[^1];
        _model.Adaptation.SetTrainable(name => _hasBegun ? Trains(last, name) : _trained.Contains(name));
    }

    private static (double Loss, Score? Score)? Best(TrainingHistory history)
        => history.Evaluations.LastOrDefault(evaluation => evaluation.IsBest) is { } best ? (best.Loss, best.Score) : null;

    private TrainingHistory TrainPhase(
        int i, FineTuneOptions options, TrainingHistory before, bool isReported, IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        Optimizer optimizer = _optimizer with { LearningRate = _optimizer.LearningRate * _phases[i].RateFactor };
        if (_options.Recipe is null)
        {
            return Begin(options).Run(optimizer, progress, cancellationToken);
        }

        PhaseReports reports = new(
            _phases[i].Name,
            before,
            before.Epochs.Count + _phases.Skip(i).Sum(EpochsOf),
            options.Epochs,
            isReported,
            progress,
            _options.Observers);
        options = options with { Observers = _options.Observers.Count == 0 ? [] : [reports] };
        return reports.Joined(
            Begin(options).Run(optimizer, progress is null ? null : reports, cancellationToken));
    }

    // One run of training of what is not frozen now.
    private FineTuneRun Begin(FineTuneOptions options)
    {
        _model.Adaptation.Adapters.BeginTraining();
        FrozenPart? frozen = _model.Parts().Frozen;
        Preprocessor training = frozen is { Stage: null } && options.NeedsNoDraws
            ? _model.Preprocessor
            : _model.ForTraining(options.Augmentation);
        Preprocessor preprocessor = _model.Decoding(_model.Fitting(options.Preprocessor) ?? training, options.Codec);
        options = options.Within(frozen, preprocessor);
        options.CheckFor(_dataset, _model.LearningTask, _model.Module, frozen, preprocessor);
        _model.LearningTask = (_model.LearningTask as ClassTask)?.TrainedOn(_dataset, _model.Architecture) ?? _model.LearningTask;
        Preprocessor evaluation = _model.Decoding(options.ForValidation(_model.Preprocessor), options.Codec);
        ModelParts parts = _model.Parts(options.StageRates) with { Preprocessor = evaluation.Fresh() };
        options = options with
        {
            NoDecayOnBiasAndNorm = options.NoDecayOnBiasAndNorm ?? _model.DecaysWeightsOnly,
            Validation = options.Validation is null ? null : parts.Matched(options.Validation),
        };
        return new FineTuneRun(parts, parts.Matched(_dataset), preprocessor.Fresh(), options);
    }

    private IReadOnlyList<RecipePhase> Phases()
    {
        if (_options.Recipe is not { } recipe)
        {
            CheckRates(_options.StageRates);
            return [new RecipePhase("all")];
        }

        string name = recipe.GetType().Name;
        IReadOnlyList<NetworkStage> all = _model.Module.Stages;
        NetworkStage[] stages = [.. all.Where(stage => _trained.Any(stage.Holds))];
        IReadOnlyList<RecipePhase> phases = recipe.PhasesOf(stages);
        if (phases.Count == 0)
        {
            throw new ArgumentException($"{name} has no phase.");
        }

        if (stages.Length == 0 && phases.Any(phase => phase.From != RecipePhase.HeadOnly))
        {
            throw new ArgumentException(
                $"{name} trains the backbone, and all of it is frozen: call Unfreeze() or UnfreezeFrom(stage) before, or leave "
                    + $"{nameof(FineTuneOptions.Recipe)} out.");
        }

        bool hasSchedule = _options.Schedule != new ConstantSchedule();
        Refuse(nameof(FineTuneOptions.Schedule), hasSchedule && phases.Any(phase => phase.Schedule is not null));
        Refuse(nameof(FineTuneOptions.StageRates), _options.StageRates is not null && phases.Any(phase => phase.Rates is not null));
        foreach ((int i, RecipePhase phase) in phases.Index())
        {
            if (phase.Probe is not null && (i != 0 || phases.Count == 1 || phase.From != RecipePhase.HeadOnly))
            {
                throw new ArgumentException(
                    $"The phase '{phase.Name}' of {name} has a {nameof(RecipePhase.Probe)}, which fits the head in a first phase of "
                        + $"several: call model.Probe, or set {nameof(RecipePhase.From)} to {nameof(RecipePhase)}.HeadOnly.");
            }

            if (phase.From is not (null or RecipePhase.HeadOnly))
            {
                StageGroups.Before(phase.From, all, _model.Architecture);
            }

            CheckRates(phase.Rates ?? _options.StageRates);
        }

        return phases;

        void Refuse(string option, bool isTwice)
        {
            if (isTwice)
            {
                throw new ArgumentException($"{name} has a {option} of its own: leave {nameof(FineTuneOptions)}.{option} out.");
            }
        }
    }

    private void CheckRates(StageRates? rates)
    {
        rates?.CheckFor(_model.Module.Stages, _model.Architecture);
        if (rates is not null && _model.Adaptation.LayerDecay is < 1)
        {
            throw new ArgumentException(
                $"The model has WithLayerDecay({_model.Adaptation.LayerDecay}), and the options or the recipe have rates by stage too: "
                    + "leave one of them out; WithLayerDecay(1) takes the model's back.");
        }
    }

    private NetworkStage? Patches()
    {
        (NetworkStage Stage, string Filters)? found = PatchEmbedding.Of(_model.Module);
        if (_options.FreezePatchEmbedding == true && found is null)
        {
            throw new ArgumentException(
                $"{_model.Architecture} does not begin by cutting images into patches, so {nameof(FineTuneOptions.FreezePatchEmbedding)} "
                    + "has no meaning for it: leave it out.");
        }

        bool isFrozen = _options.FreezePatchEmbedding ?? (_optimizer is Sgd && _model.LoadReport is not null);
        if (!isFrozen || found is not { } patches || !_trained.Contains(patches.Filters))
        {
            return null;
        }

        TrainingLog.Note(
            _logger,
            $"The patch embedding ('{patches.Stage.Name}') is frozen in this run, with which {_optimizer.GetType().Name} keeps more "
                + $"accuracy on other distributions (Kumar et al., 2022); {nameof(FineTuneOptions.FreezePatchEmbedding)} = false trains "
                + "it.");
        return patches.Stage;
    }

    // Every phase is checked before the first is trained: an error must not come after hours.
    private void CheckPhases()
    {
        List<FineTuneOptions> used = [];
        foreach ((int i, RecipePhase phase) in _phases.Index())
        {
            Enter(phase);
            used.Add(Begin(OptionsOf(i, null)).Options);
        }

        Refuse(nameof(_options.FeatureCache), _options.FeatureCache is not null && used.All(options => options.FeatureCache is null));
        Refuse(nameof(_options.CachedViews), _options.CachedViews > 0 && used.All(options => options.CachedViews == 0));
        Refuse(nameof(Precision.Int8), _options.Precision == Precision.Int8 && used.All(options => options.Precision != Precision.Int8));

        void Refuse(string option, bool isInVain)
        {
            if (isInVain)
            {
                throw new ArgumentException(
                    $"{option} is for what frozen parts give, and no phase of {_options.Recipe!.GetType().Name} could use it: leave it "
                        + "out.");
            }
        }
    }

    private void CheckFolder()
    {
        if (_options.Checkpoints is not { } policy || !_ranks.IsFirst || !Directory.Exists(policy.Folder))
        {
            return;
        }

        bool hasOwn = HasFiles(policy.Folder), hasPhases = Directory.GetDirectories(policy.Folder, $"{Folders}*").Any(HasFiles);
        if (HasSeveral ? hasOwn || (hasPhases && !policy.Resume) : hasPhases)
        {
            throw new ArgumentException(
                $"'{policy.Folder}' holds the checkpoints of a training run {(hasPhases ? "with" : "without")} phases already. "
                    + $"{(HasSeveral && hasPhases ? $"Continue with resume: \"{policy.Folder}\", or choose" : "Choose")} another folder.");
        }
    }

    private bool HasFiles(string folder) => new RunFolder(folder, _logger).Files.Count > 0;

    private string FolderOf(CheckpointPolicy policy, int i)
        => HasSeveral ? Path.Combine(policy.Folder, string.Create(CultureInfo.InvariantCulture, $"{Folders}{i + 1:D2}")) : policy.Folder;

    // What a phase leaves in its folder holds the head too, so a probe before it need not be fitted again; methods look at the start.
    private bool HasCheckpoint(int i) => _options.Methods.Count == 0
        && _ranks.Any(_ranks.IsFirst && _options.Checkpoints is { Resume: true } policy && HasFiles(FolderOf(policy, i)));

    private FineTuneOptions OptionsOf(int i, (double Loss, Score? Score)? start)
    {
        RecipePhase phase = _phases[i];
        int epochs = EpochsOf(phase);
        string length = i < _phases.Count - 1 ? $" for {epochs} epochs" : ""; // only the last may learn on when it has ended
        string? words = _options.Recipe is null
            ? null
            : $"{i + 1} of {_phases.Count}, {phase.Name}{length}, of {RunIdentity.Describe(_options.Recipe)}";
        return _options with
        {
            Epochs = epochs,

            // The same share whenever it is asked, so that a phase which resumes has the same.
            TimeLimit = _options.TimeLimit is { } limit ? limit * ((double)epochs / _phases.Sum(EpochsOf)) : null,
            Seed = unchecked(_options.Seed + (i * BetweenSeeds)),
            Schedule = phase.Schedule ?? _options.Schedule,
            StageRates = phase.Rates ?? _options.StageRates,
            Checkpoints = _options.Checkpoints is { } policy ? policy with { Folder = FolderOf(policy, i) } : null,
            Phase = new RunPhase(words, HasSeveral, start),
        };
    }

    private int EpochsOf(RecipePhase phase) => phase.Epochs ?? _options.Epochs;

    private void Enter(RecipePhase phase)
        => _model.Adaptation.SetTrainable(name => Trains(phase, name) && _patches?.Holds(name) != true);

    private bool Trains(RecipePhase phase, string name)
        => _trained.Contains(name) && phase.From switch
        {
            null => true,
            RecipePhase.HeadOnly => _model.Head.Holds(name),
            string stage => !StageGroups.Before(stage, _model.Module.Stages, _model.Architecture).Any(part => part.Holds(name)),
        };

    private bool CanFit(LinearProbe probe, RecipePhase phase)
    {
        try
        {
            IReadOnlyList<string> kept = LinearProbeRun.Check(_model.Parts(), probe, _model.Adaptation.Head);
            string? frozen = _model.Module.named_parameters()
                .Select(entry => entry.name)
                .FirstOrDefault(name => _model.Module.IsInHead(name) && !kept.Contains(name) && !_trained.Contains(name));
            return _options.Loss is null && frozen is null
                ? true
                : throw new ArgumentException(
                    $"{probe.GetType().Name} fits the whole last layer with its own loss: "
                        + $"{(frozen is null ? "there is another" : $"'{frozen}' is frozen")}.");
        }
        catch (ArgumentException exception)
        {
            TrainingLog.Note(_logger, $"The phase '{phase.Name}' trains the head by steps. {exception.Message}");
            return false;
        }
    }

    private bool Fit(LinearProbe probe, ref TrainingHistory history, CancellationToken cancellationToken)
    {
        bool freezesStatistics = _model.FreezesStatistics;
        LinearProbeResult result;
        try
        {
            result = _model.Probe(
                _dataset,
                probe,
                new FeatureOptions
                {
                    BatchSize = _options.BatchSize,
                    Workers = _options.Workers,
                    OnBadSample = _options.OnBadSample,
                    Preprocessor = _options.ForValidation(_model.Preprocessor),
                    Codec = _options.Codec,
                    Precision = _options.Precision,
                    Cache = _options.FeatureCache,
                    Communicator = _options.Communicator,
                    Logger = _options.Logger,
                },
                null,
                cancellationToken);
        }
        finally
        {
            _model.Freeze(freezesStatistics);
        }

        history = history with { Seconds = history.Seconds + result.Seconds, TrainedParameters = _model.TrainableParameters };
        TrainingLog.Phase(_logger, $"The head was fitted to {result.Count} samples in {result.Seconds:F1} s: {probe.GetType().Name}");
        return true;
    }
}
