namespace TransferLearning;

/// <summary>Takes a few real steps of a run, puts everything back, and plans the run by what they took.</summary>
/// <param name="model">What is trained.</param>
/// <param name="dataset">The training samples.</param>
/// <param name="preprocessor">How they are preprocessed.</param>
/// <param name="options">What is asked for.</param>
/// <param name="optimizer">The optimizer.</param>
/// <param name="deadline">When the run must end.</param>
internal sealed class BudgetTrial(
    ModelParts model, Dataset dataset, Preprocessor preprocessor, FineTuneOptions options, Optimizer optimizer, RunDeadline deadline)
{
    private const int MeasuredSteps = 5;
    private const int MeasuredBatches = 4;
    private const int MostViewsByItself = 8;

    // One pass of measuring takes no more of the time than this, once it has two steps.
    private const double LargestShare = 0.1;

    // When so much of the time is over, what was not measured is guessed.
    private const double MostOfMeasuring = 0.25;
    private const double MiB = 1 << 20;

    private readonly BudgetInstruments _instruments = options.Instruments;
    private readonly List<string> _reasons = [];

    private bool Draws => !preprocessor.IsDeterministic;

    private bool IsLate => deadline.Spent > MostOfMeasuring * options.TimeLimit;

    /// <summary>Plans the run.</summary>
    /// <param name="frozen">What of the network is computed once if it can be kept; null for nothing.</param>
    /// <param name="smallestBatch">The fewest samples of a batch.</param>
    /// <param name="trainsNorms">Whether batch norms learn.</param>
    public BudgetPlan Plan(FrozenPart? frozen, int smallestBatch, bool trainsNorms)
    {
        (int size, bool recomputes, long? bytes) = options.MaxMemory is { } limit
            ? FittingMemory(limit, smallestBatch, trainsNorms)
            : (options.BatchSize, options.GradientCheckpointing, null);
        FineTuneOptions fitting = options with
        {
            BatchSize = size,
            AccumulationSteps = options.AccumulationSteps * (options.BatchSize / size),
            GradientCheckpointing = recomputes,
        };
        int views = frozen is null ? 0 : MostViews(frozen, bytes);
        int batches = Loader(dataset, fitting, smallestBatch, options.Sampler).BatchCount;
        int steps = StepsOf(batches, fitting);
        BudgetPlan plan = new()
        {
            TimeLimit = options.TimeLimit,
            MaxMemory = options.MaxMemory,
            BatchSize = size,
            AccumulationSteps = fitting.AccumulationSteps,
            GradientCheckpointing = recomputes,
            Epochs = options.Epochs,
            BatchesPerEpoch = batches,
            Steps = (long)options.Epochs * steps,
            AskedSteps = (long)options.Epochs * steps,
            CachesFrozenPart = Draws ? options.CachedViews > 0 && views > 0 : views > 0,
            CachedViews = Draws ? Math.Min(options.CachedViews, views) : 0,
            MeasuredMemory = bytes,
            Reasons = _reasons,
        };
        plan = options.TimeLimit is null ? plan : FittingTime(plan, fitting, views);
        return plan with { Steps = (long)plan.Epochs * StepsOf(plan.BatchesPerEpoch, fitting), Reasons = [.. _reasons] };
    }

    private (int BatchSize, bool Recomputes, long? Bytes) FittingMemory(long limit, int smallestBatch, bool trainsNorms)
    {
        BatchSearch search = new(options.BatchSize, smallestBatch, limit, Peak);
        if (search.Find(options.GradientCheckpointing, trainsNorms) is not { } found)
        {
            throw new ArgumentException(
                Line($"No step fits into {nameof(options.MaxMemory)}, {limit / MiB:F0} MiB: the smallest took ")
                    + (search.Least is { } least ? Line($"{least / MiB:F0} MiB") : "all there was")
                    + ". Freeze more of the network, take smaller inputs or a smaller network, or allow more.");
        }

        string again = found.Recomputes && !options.GradientCheckpointing ? ", with blocks that are computed again" : "";
        _reasons.Add(
            found.BatchSize == options.BatchSize
                ? Line($"A step with {found.BatchSize} samples at once{again} took {found.Bytes / MiB:F0} of {limit / MiB:F0} MiB.")
                : Line($"A step is made of {options.BatchSize / found.BatchSize} times {found.BatchSize} samples{again}, which took ")
                    + Line($"{found.Bytes / MiB:F0} of {limit / MiB:F0} MiB; its gradient is that of {options.BatchSize} at once")
                    + (trainsNorms ? Line($", but batch norms see {found.BatchSize}.") : "."));
        return found;
    }

    /// <summary>The peak memory of two steps; null where memory ran out, or a method cannot have blocks computed again.</summary>
    private long? Peak(int size, bool recomputes)
    {
        if (recomputes && !options.GradientCheckpointing && options.Methods.Any(method => !method.ServesRecomputation))
        {
            return null;
        }

        _instruments.ResetPeak();
        FineTuneOptions tried = options with
        {
            BatchSize = size,
            AccumulationSteps = Math.Min(2, options.AccumulationSteps * (options.BatchSize / size)), // gradients stay while others come
            GradientCheckpointing = recomputes,
        };
        try
        {
            Steps(tried, dataset, views: 0, most: 1, patience: double.PositiveInfinity);
            return _instruments.Peak();
        }
        catch (TrainingException exception) when (exception.InnerException is { } cause && TrainingFault.IsOutOfMemory(cause))
        {
            return null;
        }
    }

    /// <summary>How many views of each sample can be kept beside a step.</summary>
    private int MostViews(FrozenPart frozen, long? bytesOfStep)
    {
        if (Draws && frozen.Stage is not null && preprocessor is PaddedPreprocessor)
        {
            return 0;
        }

        int wanted = !Draws ? 1 : Math.Min(options.Epochs, options.CachedViews > 0 ? options.CachedViews : MostViewsByItself);
        long? row = model.Features(options.FeatureCache, null, options.Precision, new Ranks(null), part: frozen).BytesOfRow(preprocessor);
        if (row is null || options.FeatureCache?.Options.Folder is not null)
        {
            return wanted;
        }

        long limit = options.FeatureCache?.Options.MemoryLimit ?? new FeatureCacheOptions().MemoryLimit;
        long room = Math.Min(limit, options.MaxMemory - bytesOfStep ?? long.MaxValue) - (row.Value * (options.Validation?.Count ?? 0));
        int most = (int)Math.Clamp(room / Math.Max(row.Value * dataset.Count, 1), 0, wanted);
        if (most < wanted && (!Draws || options.CachedViews > 0))
        {
            _reasons.Add(
                Line($"What {frozen} gives takes {row.Value * dataset.Count / MiB:F0} MiB for all samples, and there is room for ")
                    + Line($"{Math.Max(room, 0) / MiB:F0} MiB, so {(most == 0 ? "nothing of it is" : $"{most} views are")} kept."));
        }

        return most;
    }

    private BudgetPlan FittingTime(BudgetPlan plan, FineTuneOptions fitting, int views)
    {
        double patience = LargestShare * options.TimeLimit!.Value.TotalSeconds;
        BudgetCosts costs = new()
        {
            Epochs = options.Epochs,
            Batches = plan.BatchesPerEpoch,
            AccumulationSteps = plan.AccumulationSteps,
            ValidationBatches = options.Validation is { } validation ? Loader(validation, fitting, 1).BatchCount : 0,
            EvaluateEvery = options.EvaluateEvery,
            Draws = Draws,
            MostViews = Math.Max(views, 1),
        };
        bool isKept = views > 0 && !Draws;
        if (isKept)
        {
            costs = OnFeatures(costs, fitting, patience);
        }

        // What is likely to be chosen is measured first, and nothing else where it does enough.
        if (isKept && costs.Features is not null && Choice(costs).Epochs == 0 && IsLate)
        {
            costs = costs.Guessed();
        }
        else if (!isKept || Choice(costs).Epochs == 0)
        {
            (_, List<double> steps) = Steps(fitting, dataset, 0, MeasuredSteps, patience);
            if (steps.Count == 0)
            {
                _reasons.Add(
                    Line($"The time limit, {options.TimeLimit.Value.TotalSeconds:G4} s, passed before one step could be measured."));
                return plan with { Epochs = 1, BatchesPerEpoch = Math.Min(plan.AccumulationSteps, plan.BatchesPerEpoch) };
            }

            costs = costs with { Step = MeasuredMean.Of(steps) };
            costs = IsLate ? costs.Guessed() : costs with { Validation = PassCosts.Of(Evaluation(fitting, patience)) };
        }

        BudgetChoice choice = Choice(costs);
        if (views > 0 && Draws && !IsLate && (choice.Epochs < costs.Epochs || choice.Batches < costs.Batches))
        {
            costs = OnFeatures(costs, fitting, patience);
        }

        return Chosen(plan, costs);
    }

    private BudgetChoice Choice(BudgetCosts costs) => BudgetChoice.Of(costs, deadline.Left!.Value.TotalSeconds);

    private BudgetCosts OnFeatures(BudgetCosts costs, FineTuneOptions fitting, double patience)
    {
        Dataset some = dataset.Shuffle(options.Seed).Take(Math.Min(dataset.Count, MeasuredBatches * fitting.BatchSize));
        (List<double> features, List<double> steps) = Steps(fitting, some, 1, MeasuredSteps, patience);
        return steps.Count == 0
            ? costs
            : costs with { Features = PassCosts.Of(features), StepOnFeatures = MeasuredMean.Of(steps) };
    }

    private BudgetPlan Chosen(BudgetPlan plan, BudgetCosts costs)
    {
        double spent = deadline.Spent.TotalSeconds, limit = options.TimeLimit!.Value.TotalSeconds;
        BudgetChoice choice = BudgetChoice.Of(costs, limit - spent);
        bool fitsNothing = choice.Epochs == 0;
        if (fitsNothing)
        {
            choice = new BudgetChoice(0, 1, Math.Min(costs.AccumulationSteps, costs.Batches));
        }

        bool isShortened = (long)choice.Epochs * choice.Batches < (long)costs.Epochs * costs.Batches;
        TimeEstimate estimate = costs.Estimate(choice.Views, choice.Epochs, choice.Batches);
        if (costs.Step.Count > 0)
        {
            _reasons.Add(
                Line($"A step takes {costs.Step.Mean:G3} s on samples, ")
                    + (costs.Step.Count > 1 ? Line($"measured on {costs.Step.Count}.") : "as far as the time for measuring says."));
        }

        if (costs.StepOnFeatures.Count > 0)
        {
            _reasons.Add(
                Line($"A step takes {costs.StepOnFeatures.Mean:G3} s on what the frozen part gives, measured on ")
                    + Line($"{costs.StepOnFeatures.Count}; that takes {costs.Features!.Value.Next.Mean:G3} s a batch."));
        }

        _reasons.Add(
            fitsNothing ? "Not even one step is predicted to fit: one is tried."
            : choice.Batches < costs.Batches && choice.Epochs == 1
                ? $"Not even one epoch fits: {choice.Batches} of its {costs.Batches} batches are trained on."
            : choice.Batches < costs.Batches
                ? $"There is time for {choice.Epochs} of {costs.Epochs} epochs of {choice.Batches} of {costs.Batches} batches each."
            : isShortened ? $"There is time for {choice.Epochs} of {costs.Epochs} epochs."
            : $"There is time for all {costs.Epochs} epochs.");
        if (costs.Features is not null)
        {
            _reasons.Add(
                choice.Views == 0 ? "What is frozen runs in every epoch: that does the most in this time."
                : costs.Draws ? $"What is frozen is computed once for {choice.Views} views of each sample."
                : "What is frozen is computed once for each sample.");
        }

        _reasons.Add(Line($"The run is predicted to take {spent + estimate.Seconds:G3} s (95 % interval {spent + estimate.Low:G3} to ")
            + Line($"{spent + estimate.High:G3}) of {limit:G4} s, {spent:G3} s for measuring included."));
        return plan with
        {
            Epochs = choice.Epochs,
            BatchesPerEpoch = choice.Batches,
            CachesFrozenPart = choice.Views > 0,
            CachedViews = costs.Draws ? choice.Views : 0,
            PredictedSeconds = spent + estimate.Seconds,
            LowSeconds = spent + estimate.Low,
            HighSeconds = spent + estimate.High,
            MeasuredSteps = choice.Views > 0 ? costs.StepOnFeatures.Count : costs.Step.Count,
            Parts = choice.Views == 1 && !costs.Draws ? costs.Divided(estimate.Seconds) : null,
            ReservedSeconds = Math.Min(costs.Reserve(choice.Views, limit - spent - estimate.Planned), limit / 2),
        };
    }

    /// <summary>Trains for some steps.</summary>
    /// <param name="tried">Batch size and so on.</param>
    /// <param name="samples">What to train on.</param>
    /// <param name="views">How many views are computed once; 0 for training on samples.</param>
    /// <param name="most">How many steps to measure, after the first.</param>
    /// <param name="patience">After how many seconds two are enough.</param>
    /// <returns>The times of batches of features, and of steps without the first; that one if it is alone.</returns>
    private (List<double> Features, List<double> Steps) Steps(
        FineTuneOptions tried, Dataset samples, int views, int most, double patience)
    {
        List<double> features = [], steps = [];
        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(deadline.All);
        TimeProvider clock = _instruments.Clock;
        long start = clock.GetTimestamp(), last = start;
        int seen = 0;
        BudgetPlan plan = new()
        {
            BatchSize = tried.BatchSize,
            AccumulationSteps = tried.AccumulationSteps,
            GradientCheckpointing = tried.GradientCheckpointing,
            Epochs = int.MaxValue,
            BatchesPerEpoch = int.MaxValue,
            Steps = 0,
            AskedSteps = 0,
            CachesFrozenPart = views > 0,
            Reasons = [],
        };
        FineTuneOptions trial = tried with
        {
            Epochs = int.MaxValue / Math.Max(samples.Count, 1), // until it is enough
            TimeLimit = null,
            MaxMemory = null,
            Budget = new RunBudget(plan, null, "") { FeatureProgress = new Ticks<int>(_ => features.Add(Lap())) },
            CachedViews = views > 0 && Draws ? views : 0,
            FeatureCache = views > 0 && !Draws ? options.FeatureCache : null,
            Checkpoints = null,
            Validation = null,
            EvaluateEvery = null,
            Patience = null,
            RestoreBestWeights = false,
            Logger = null,
            Observers = [new Ticks<TrainingEvent>(Watch)],
        };
        using (new TrialState(model.Network))
        {
            ModelParts parts = model with { Preprocessor = model.Preprocessor.Fresh() };
            new FineTuneRun(parts, samples, preprocessor.Fresh(), trial).Run(optimizer, null, enough.Token);
        }

        return (features, steps);

        double Lap()
        {
            long now = clock.GetTimestamp();
            double lap = clock.GetElapsedTime(last, now).TotalSeconds;
            last = now;
            return lap;
        }

        void Watch(TrainingEvent what)
        {
            if (what is TrainingEvent.Started)
            {
                last = clock.GetTimestamp();
            }
            else if (what is TrainingEvent.StepTaken)
            {
                double lap = Lap();
                if (++seen == 2)
                {
                    steps.Clear(); // the first one makes room
                }

                steps.Add(lap);
                bool isLong = clock.GetElapsedTime(start).TotalSeconds > patience;
                if (seen > most || (seen > 2 && isLong) || (isLong && IsLate))
                {
                    enough.Cancel();
                }
            }
        }
    }

    /// <summary>The times of the first batches of an evaluation.</summary>
    private List<double> Evaluation(FineTuneOptions tried, double patience)
    {
        List<double> batches = [];
        if (options.Validation is not { } validation)
        {
            return batches;
        }

        using CancellationTokenSource enough = CancellationTokenSource.CreateLinkedTokenSource(deadline.All);
        TimeProvider clock = _instruments.Clock;
        long start = clock.GetTimestamp(), last = start;
        using TrialState before = new(model.Network);
        model.Network.eval();
        try
        {
            (model with { Preprocessor = model.Preprocessor.Fresh() }).Evaluate(
                validation, FineTuneRun.Evaluation(tried), new Ticks<int>(_ => Watch()), enough.Token);
        }
        catch (OperationCanceledException) when (enough.IsCancellationRequested)
        {
            // It is enough; the report of some samples is not needed.
        }

        return batches;

        void Watch()
        {
            long now = clock.GetTimestamp();
            batches.Add(clock.GetElapsedTime(last, now).TotalSeconds);
            last = now;
            if (batches.Count == MeasuredBatches || (batches.Count > 1 && clock.GetElapsedTime(start, now).TotalSeconds > patience))
            {
                enough.Cancel();
            }
        }
    }

    private static int StepsOf(int batches, FineTuneOptions tried) => (batches + tried.AccumulationSteps - 1) / tried.AccumulationSteps;

    private BatchLoader Loader(Dataset samples, FineTuneOptions tried, int smallestBatch, Sampler? sampler = null) => new(
        samples,
        preprocessor,
        LoaderOptions.Reading(tried.BatchSize, tried.Workers, tried.OnBadSample) with
        {
            SmallestBatch = smallestBatch,
            Sampler = sampler,
            Shuffle = sampler is not null,
        });

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed class Ticks<T>(Action<T> handle) : IProgress<T>
    {
        public void Report(T value) => handle(value);
    }
}
