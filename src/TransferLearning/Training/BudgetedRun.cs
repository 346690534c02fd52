using Microsoft.Extensions.Logging.Abstractions;

namespace TransferLearning;

/// <summary>A run that keeps to a time or a memory: plans it, or takes the plan of the run that it resumes, and ends it in time.</summary>
/// <param name="model">What is trained.</param>
/// <param name="dataset">The training samples.</param>
/// <param name="preprocessor">How they are preprocessed.</param>
/// <param name="options">What is asked for.</param>
internal sealed class BudgetedRun(ModelParts model, Dataset dataset, Preprocessor preprocessor, FineTuneOptions options)
{
    private readonly ILogger _logger = options.Logger ?? NullLogger.Instance;

    // What was asked for: a run that resumes keeps the plan that was made of it.
    private string Identity => string.Create(
        CultureInfo.InvariantCulture,
        $"{options.TimeLimit?.ToString("c", CultureInfo.InvariantCulture) ?? "no"} time limit, {RunIdentity.Describe(options.MaxMemory)} "
            + $"bytes of memory for {options.Epochs} epochs with batches of {options.BatchSize} times {options.AccumulationSteps}, "
            + $"{options.CachedViews} views, blocks computed again: {RunIdentity.Describe(options.GradientCheckpointing)}");

    /// <summary>Runs.</summary>
    /// <param name="optimizer">The optimizer.</param>
    /// <param name="frozen">What of the network is computed once if it can be kept; null for nothing.</param>
    /// <param name="smallestBatch">The fewest samples of a batch.</param>
    /// <param name="trainsNorms">Whether batch norms learn.</param>
    /// <param name="progress">Receives reports.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    public TrainingHistory Run(
        Optimizer optimizer, FrozenPart? frozen, int smallestBatch, bool trainsNorms, IProgress<TrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        if (options.MaxMemory is not null && model.Device.IsCuda)
        {
            throw new ArgumentException(
                $"{nameof(options.MaxMemory)} is measured on the CPU; what LibTorch takes on a GPU cannot be asked for here. Leave it out: "
                    + "where memory runs out, the error names the batch size that fits.");
        }

        RunRecord? saved = options.Checkpoints is { Resume: true } policy ? new RunFolder(policy.Folder, _logger).NewestRecord() : null;
        using RunDeadline deadline = new(
            options.TimeLimit, TimeSpan.FromSeconds(saved?.BudgetSeconds ?? 0), options.Instruments.Clock, cancellationToken);
        BudgetPlan plan = saved?.Plan
            ?? new BudgetTrial(model, dataset, preprocessor, options, optimizer, deadline).Plan(frozen, smallestBatch, trainsNorms);
        foreach (string reason in plan.Reasons)
        {
            TrainingLog.Planned(_logger, reason);
        }

        deadline.Reserve(TimeSpan.FromSeconds(plan.ReservedSeconds));
        TrainingHistory history = new FineTuneRun(model, dataset, preprocessor, Planned(plan, deadline))
            .Run(optimizer, progress, deadline.All);
        return history with
        {
            Plan = plan,
            StopReason = history.StopReason == StopReason.Cancelled && deadline.HasPassed ? StopReason.TimeLimit : history.StopReason,
        };
    }

    private FineTuneOptions Planned(BudgetPlan plan, RunDeadline deadline)
    {
        (double epochs, double steps) = ((double)plan.Epochs / options.Epochs, (double)plan.Steps / plan.AskedSteps);
        LearningRateSchedule schedule = plan.IsShortened ? options.Schedule.Shortened(epochs, steps) : options.Schedule;
        if (schedule != options.Schedule)
        {
            TrainingLog.Planned(_logger, "What the schedule does after a number of epochs or steps, it does sooner, in proportion.");
        }

        return options with
        {
            BatchSize = plan.BatchSize,
            AccumulationSteps = plan.AccumulationSteps,
            GradientCheckpointing = plan.GradientCheckpointing,
            Epochs = plan.Epochs,
            CachedViews = plan.CachedViews,
            FeatureCache = plan.CachesFrozenPart ? options.FeatureCache : null,
            Schedule = schedule,
            Average = plan.IsShortened ? options.Average?.Shortened(epochs, steps) : options.Average,
            Budget = new RunBudget(plan, deadline, Identity),
        };
    }
}
