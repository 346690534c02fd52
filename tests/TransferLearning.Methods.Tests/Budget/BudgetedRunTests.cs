using Microsoft.Extensions.Logging;
using TorchSharp;

namespace TransferLearning.Tests;

public sealed class BudgetedRunTests
{
    private static readonly Sgd Rule = new(0.05, momentum: 0.9);
    private readonly ManualTime _time = new();
    private readonly Dataset _samples = SmallSets.Images(24, SmallSets.Colours);

    // A step takes a second.
    private FineTuneOptions Options => new()
    {
        Epochs = 10,
        BatchSize = 4,
        Seed = 3,
        Workers = 0,
        Preprocessor = ImagePipeline.ForTraining(ImagePreprocess.ImageNet with { Resize = 0, Crop = 8 }),
        Loss = new ClockedLoss(_ => _time.Advance(1)),
        Instruments = new BudgetInstruments(_time, () => { }, () => 0),
    };

    private static Preprocessor Still => ImagePipeline.ForEvaluation(ImagePreprocess.ImageNet with { Resize = 0, Crop = 8 });

    [Fact]
    public void As_many_epochs_are_planned_as_fit_and_the_plan_says_why()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        TrainingHistory history = model.FineTune(_samples, Rule, Options with { TimeLimit = TimeSpan.FromSeconds(60) });

        // Six steps are measured; 54 s are left for epochs of 6 s and the twentieth.
        BudgetPlan plan = history.Plan!;
        Assert.Equal((8, 6, 48, 60), (plan.Epochs, plan.BatchesPerEpoch, plan.Steps, plan.AskedSteps));
        Assert.Equal((StopReason.TimeLimit, 8, 48), (history.StopReason, history.Epochs.Count, history.Steps));
        Assert.Equal((54, 51.6, 56.4), (plan.PredictedSeconds!.Value, Round(plan.LowSeconds), Round(plan.HighSeconds)));
        Assert.Equal(5, plan.MeasuredSteps);
        Assert.Equal(54, _time.Seconds);
        Assert.Contains("There is time for 8 of 10 epochs.", plan.Reasons);
        Assert.Contains(plan.Reasons, reason => reason.Contains("54 s (95 % interval 51.6 to 56.4) of 60 s", StringComparison.Ordinal));
    }

    [Fact]
    public void What_fits_ends_as_it_would_without_a_limit()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        TrainingHistory history = model.FineTune(_samples, Rule, Options with { Epochs = 2, TimeLimit = TimeSpan.FromHours(1) });

        Assert.Equal((StopReason.Completed, 2, false), (history.StopReason, history.Epochs.Count, history.Plan!.IsShortened));
    }

    [Fact]
    public void Measured_steps_change_nothing_bit_for_bit()
    {
        Assert.Equal(
            Trained(Options with { Epochs = 8, Schedule = new CosineSchedule() }),
            Trained(Options with { TimeLimit = TimeSpan.FromSeconds(60), Schedule = new CosineSchedule() }));
    }

    [Fact]
    public void Without_time_for_one_epoch_fewer_steps_are_taken_and_it_is_said()
    {
        List<double> rates = [];
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        TrainingHistory history = model.FineTune(_samples, Rule, Options with
        {
            TimeLimit = TimeSpan.FromSeconds(8),
            Schedule = new WarmupSchedule(new PolynomialSchedule(), 15),
            Observers = [new Immediate<TrainingEvent>(happened =>
            {
                if (happened is TrainingEvent.StepTaken step)
                {
                    rates.Add(step.LearningRate);
                }
            })],
        });

        Assert.Equal((StopReason.TimeLimit, 4, 1), (history.StopReason, history.Steps, history.Epochs.Count));
        Assert.Equal((1, 4), (history.Plan!.Epochs, history.Plan.BatchesPerEpoch));
        Assert.Contains("Not even one epoch fits: 4 of its 6 batches are trained on.", history.Plan.Reasons);
        Assert.Equal(7, _time.Seconds);

        // The warmup of 15 of 60 steps is one of four, and the line to 0 ends with the last step.
        Assert.Equal([0, 0.05, 0.05 * 2 / 3, 0.05 / 3], rates, (a, b) => Math.Abs(a - b) < 1e-12);
    }

    [Fact]
    public void A_limit_that_passes_while_the_first_step_is_measured_ends_the_run_with_the_weights_as_they_were()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        float[] before = Numbers(model);
        TrainingHistory history = model.FineTune(_samples, Rule, Options with { TimeLimit = TimeSpan.FromSeconds(0.5) });

        Assert.Equal((StopReason.TimeLimit, 0), (history.StopReason, history.Steps));
        Assert.Equal(before, Numbers(model));
        Assert.Null(Record.Exception(() => model.Evaluate(_samples)));
    }

    [Fact]
    public void Where_steps_become_slower_the_run_ends_in_time_with_the_best_weights_evaluated()
    {
        int steps = 0;
        Dataset validation = new ClockedDataset(SmallSets.Images(6, SmallSets.Colours), () => _time.Advance(0.5));
        List<(double Loss, float[] Weights)> seen = [];
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        TrainingHistory history = model.FineTune(_samples, Rule, Options with
        {
            TimeLimit = TimeSpan.FromSeconds(60),
            Validation = validation,
            Loss = new ClockedLoss(_ => _time.Advance(++steps < 14 ? 1 : 1.5)),
            Observers = [new Immediate<TrainingEvent>(happened =>
            {
                if (happened is TrainingEvent.Evaluated evaluated)
                {
                    seen.Add((evaluated.Evaluation.Loss, Numbers(model)));
                }
            })],
        });

        Assert.Equal(StopReason.TimeLimit, history.StopReason);
        Assert.True(history.Steps < history.Plan!.Steps);
        Assert.Equal(history.Steps, history.Evaluations[^1].Step); // what was learned last was looked at
        Assert.InRange(_time.Seconds, 50, 60);
        TrainingEvaluation best = history.Evaluations.Last(evaluation => evaluation.IsBest);
        Assert.Equal(seen.Single(entry => entry.Loss == best.Loss).Weights, Numbers(model));
    }

    [Fact]
    public void A_run_that_resumes_keeps_its_plan_whatever_the_time_and_equals_one_that_was_not_interrupted()
    {
        FineTuneOptions options = Options with { TimeLimit = TimeSpan.FromSeconds(40), Schedule = new OneCycleSchedule() };
        using ImageModel whole = SmallSets.ImageModel(SmallSets.Colours);
        BudgetPlan plan = whole.FineTune(_samples, Rule, options).Plan!;
        using TemporaryFolder folder = new();
        int steps = 0;
        using CancellationTokenSource source = new();
        Immediate<TrainingEvent> stop = new(happened =>
        {
            if (happened is TrainingEvent.StepTaken && ++steps == 8)
            {
                source.Cancel();
            }
        });
        using ImageModel first = SmallSets.ImageModel(SmallSets.Colours);
        TrainingHistory half = first.FineTune(
            _samples, Rule, options with { Observers = [stop] }, folder.Path, cancellationToken: source.Token);
        Assert.Equal((StopReason.Cancelled, 8), (half.StopReason, half.Steps));

        // Another machine: steps are faster, so another plan would be longer.
        double start = _time.Seconds;
        using ImageModel second = SmallSets.ImageModel(SmallSets.Colours);
        TrainingHistory rest = second.FineTune(
            _samples, Rule, options with { Loss = new ClockedLoss(_ => _time.Advance(0.1)) }, folder.Path);

        Assert.Equal(plan.ToString(), rest.Plan!.ToString());
        Assert.Equal(plan with { Reasons = [] }, rest.Plan with { Reasons = [] });
        Assert.Equal(plan.Steps, rest.Steps);
        Assert.Equal(StopReason.TimeLimit, rest.StopReason);
        Assert.Equal((plan.Steps - 8) * 0.1, _time.Seconds - start, 6);
        Assert.Equal(Numbers(whole), Numbers(second));
    }

    [Fact]
    public void The_time_that_a_run_took_before_it_was_interrupted_counts()
    {
        FineTuneOptions options = Options with { TimeLimit = TimeSpan.FromSeconds(40) };
        using TemporaryFolder folder = new();
        using CancellationTokenSource source = new();
        using ImageModel first = SmallSets.ImageModel(SmallSets.Colours);
        first.FineTune(
            _samples, Rule, options with { Observers = [new Immediate<TrainingEvent>(happened => Cancel(source, happened.Step == 20))] },
            folder.Path, cancellationToken: source.Token);

        double start = _time.Seconds;
        using ImageModel second = SmallSets.ImageModel(SmallSets.Colours);
        TrainingHistory rest = second.FineTune(
            _samples, Rule, options with { Loss = new ClockedLoss(_ => _time.Advance(5)) }, folder.Path);

        Assert.Equal(StopReason.TimeLimit, rest.StopReason);
        Assert.InRange(_time.Seconds - start, 10, 40 - 5 - 20); // in time, though steps have become slower
        Assert.Equal(20 + 3, rest.Steps);

        // It has ended: calling again gives its history.
        using ImageModel third = SmallSets.ImageModel(SmallSets.Colours);
        Assert.Equal(rest.Steps, third.FineTune(_samples, Rule, options, folder.Path).Steps);
    }

    [Fact]
    public void A_folder_of_a_run_with_another_limit_is_refused_with_the_difference()
    {
        using TemporaryFolder folder = new();
        using ImageModel first = SmallSets.ImageModel(SmallSets.Colours);
        first.FineTune(_samples, Rule, Options with { TimeLimit = TimeSpan.FromSeconds(8) }, folder.Path);

        using ImageModel second = SmallSets.ImageModel(SmallSets.Colours);
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => second.FineTune(_samples, Rule, Options with { TimeLimit = TimeSpan.FromSeconds(80) }, folder.Path));

        Assert.Contains("budget was 00:00:08 time limit", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_frozen_is_computed_once_where_that_is_what_fits()
    {
        Dataset slow = new ClockedDataset(_samples, () => _time.Advance(1));
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours).FreezeBackbone();
        TrainingHistory history = model.FineTune(slow, Rule, Options with
        {
            TimeLimit = TimeSpan.FromSeconds(140),
            Preprocessor = Still,
            Loss = new ClockedLoss(_ => { }),
        });

        Assert.Equal((true, 0, 10), (history.Plan!.CachesFrozenPart, history.Plan.CachedViews, history.Plan.Epochs));
        Assert.Equal((StopReason.Completed, 60), (history.StopReason, history.Steps));
        Assert.Equal(16 + 24, _time.Seconds); // features to measure by, and features
    }

    [Fact]
    public void Views_are_used_again_where_there_is_no_time_for_new_ones()
    {
        Dataset slow = new ClockedDataset(_samples, () => _time.Advance(1));
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours).UnfreezeFrom("layer3");
        TrainingHistory history = model.FineTune(slow, Rule, Options with
        {
            TimeLimit = TimeSpan.FromSeconds(120),
            Loss = new ClockedLoss(_ => { }),
        });

        // 84 s are left: three views of 24 s.
        Assert.Equal((true, 3, 10), (history.Plan!.CachesFrozenPart, history.Plan.CachedViews, history.Plan.Epochs));
        Assert.Equal((StopReason.Completed, 60), (history.StopReason, history.Steps));
        Assert.Contains("What is frozen is computed once for 3 views of each sample.", history.Plan.Reasons);
    }

    [Fact]
    public void Where_features_of_all_samples_do_not_fit_some_samples_are_trained_on()
    {
        Dataset slow = new ClockedDataset(_samples, () => _time.Advance(1));
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours).FreezeBackbone();
        TrainingHistory history = model.FineTune(slow, Rule, Options with
        {
            TimeLimit = TimeSpan.FromSeconds(41),
            Preprocessor = Still,
            Loss = new ClockedLoss(_ => { }),
        });

        Assert.Equal((false, 1, 2), (history.Plan!.CachesFrozenPart, history.Plan.Epochs, history.Plan.BatchesPerEpoch));
        Assert.Equal((StopReason.TimeLimit, 2), (history.StopReason, history.Steps));
        Assert.InRange(_time.Seconds, 0, 41);
    }

    [Fact]
    public void Where_features_take_longer_than_was_measured_those_that_there_are_are_trained_on_in_time()
    {
        int reads = 0;
        Dataset slow = new ClockedDataset(_samples, () => _time.Advance(++reads <= 16 ? 1 : 3)); // 16 are measured
        LogLines log = new();
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours).FreezeBackbone();
        TrainingHistory history = model.FineTune(slow, Rule, Options with
        {
            TimeLimit = TimeSpan.FromSeconds(60),
            Preprocessor = Still,
            Validation = SmallSets.Images(6, SmallSets.Colours),
            Loss = new ClockedLoss(_ => _time.Advance(0.01)),
            Logger = log,
        });

        Assert.True(history.Plan!.CachesFrozenPart);
        Assert.True(history.Steps > 0);
        Assert.Equal(history.Steps, history.Evaluations[^1].Step);
        Assert.InRange(_time.Seconds, 40, 60);
        Assert.Contains(log.Lines, line => line.Contains("of 24 samples; the others are left out", StringComparison.Ordinal));
    }

    [Fact]
    public void Where_measuring_takes_much_of_the_time_the_rest_is_guessed_and_trained_in()
    {
        Dataset slow = new ClockedDataset(_samples, () => _time.Advance(1));
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        TrainingHistory history = model.FineTune(slow, Rule, Options with
        {
            TimeLimit = TimeSpan.FromSeconds(40),
            Validation = new ClockedDataset(SmallSets.Images(6, SmallSets.Colours), () => _time.Advance(0.25)),
        });

        // Of 25 s that are left, steps of five seconds and an evaluation of three are done.
        Assert.True(history.Steps >= 2, history.Plan!.ToString());
        Assert.Equal(history.Steps, history.Evaluations[^1].Step);
        Assert.InRange(_time.Seconds, 20, 40);
    }

    [Fact]
    public void Batches_that_do_not_fit_into_memory_are_divided_and_add_up_to_the_same_step()
    {
        long largest = 0;
        LogLines log = new();
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        TrainingHistory history = model.FineTune(_samples, Rule, Options with
        {
            Epochs = 1,
            BatchSize = 8,
            MaxMemory = 155 << 20,
            Loss = new ClockedLoss(size => largest = Math.Max(largest, size)),
            Instruments = new BudgetInstruments(_time, () => largest = 0, () => (100 + (10 * largest)) << 20),
            Logger = log,
        });

        BudgetPlan plan = history.Plan!;
        Assert.Equal((4, 2, false), (plan.BatchSize, plan.AccumulationSteps, plan.GradientCheckpointing));
        Assert.Equal((140L << 20, 3, 3), (plan.MeasuredMemory, plan.Steps, history.Steps));
        Assert.Equal(StopReason.Completed, history.StopReason);
        Assert.Contains(log.Lines, line => line.Contains("2 times 4 samples, which took 140 of 155 MiB", StringComparison.Ordinal)
            && line.Contains("batch norms see 4", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Blocks_are_not_computed_again_for_a_method_that_cannot_bear_it(bool compares)
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        int peaks = 0;
        ArgumentException error = Assert.Throws<ArgumentException>(() => model.FineTune(_samples, Rule, Options with
        {
            Methods = compares ? [new Delta()] : [],
            MaxMemory = 10 << 20,
            Instruments = new BudgetInstruments(_time, () => peaks++, () => 20 << 20),
        }));

        Assert.Contains("fits into MaxMemory, 10 MiB: the smallest took 20 MiB", error.Message, StringComparison.Ordinal);
        Assert.Equal(compares ? 1 : 2, peaks);
    }

    [Fact]
    public void A_memory_limit_into_which_no_step_fits_is_refused()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        float[] before = Numbers(model);
        ArgumentException error = Assert.Throws<ArgumentException>(() => model.FineTune(_samples, Rule, Options with
        {
            MaxMemory = 10 << 20,
            Instruments = new BudgetInstruments(_time, () => { }, () => 20 << 20),
        }));

        Assert.Contains("fits into MaxMemory, 10 MiB: the smallest took 20 MiB", error.Message, StringComparison.Ordinal);
        Assert.Equal(before, Numbers(model));
    }

    [Fact]
    public void Memory_that_runs_out_while_it_is_measured_is_too_large()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        TrainingHistory history = model.FineTune(_samples, Rule, Options with
        {
            Epochs = 1,
            BatchSize = 8,
            MaxMemory = 1L << 40,
            Loss = new ClockedLoss(
                size => _ = size > 4 ? throw new InvalidOperationException("DefaultCPUAllocator: can't allocate memory") : 0),
        });

        Assert.Equal((4, 2, 3), (history.Plan!.BatchSize, history.Plan.AccumulationSteps, history.Steps));
    }

    [Fact]
    public void The_memory_of_this_process_is_measured()
    {
        ProcessMemory.ResetPeak();
        long before = ProcessMemory.Peak();
        const long Bytes = 256L << 20;
        using (torch.Tensor large = torch.ones(Bytes / sizeof(float)))
        {
            Assert.InRange(ProcessMemory.Peak() - before, Bytes * 3 / 4, Bytes * 4);
        }
    }

    [Fact]
    public void Planning_leaves_no_tensor_behind()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        FineTuneOptions options = Options with { TimeLimit = TimeSpan.FromSeconds(20), MaxMemory = 1, Validation = _samples };
        model.FineTune(_samples, Rule, options);
        long before = LibTorch.LiveTensorCount;
        model.FineTune(_samples, Rule, options);

        Assert.Equal(before, LibTorch.LiveTensorCount);
    }

    [Fact]
    public void The_phases_of_a_recipe_share_the_time_by_their_epochs()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        TrainingHistory history = model.FineTune(_samples, Rule, Options with
        {
            Epochs = 9,
            Recipe = new FastAiRecipe(), // the head for 1 epoch, everything for 9
            TimeLimit = TimeSpan.FromSeconds(50),
        });

        Assert.Equal(TimeSpan.FromSeconds(45), history.Plan!.TimeLimit);
        Assert.Equal(StopReason.TimeLimit, history.StopReason);
        Assert.InRange(_time.Seconds, 30, 50);
    }

    [Fact]
    public void Limits_must_be_positive_and_are_of_one_process()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.FineTune(_samples, Rule, Options with { TimeLimit = TimeSpan.Zero }));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.FineTune(_samples, Rule, Options with { MaxMemory = 0 }));
    }

    private static void Cancel(CancellationTokenSource source, bool isTime)
    {
        if (isTime)
        {
            source.Cancel();
        }
    }

    private static double Round(double? seconds) => Math.Round(seconds!.Value, 9);

    private float[] Trained(FineTuneOptions options)
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        model.FineTune(_samples, Rule, options);
        return Numbers(model);
    }

    private static float[] Numbers(TransferModel model)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return [.. model.Module.State().SelectMany(
            entry => entry.Value.detach().to(torch.ScalarType.Float32).contiguous().data<float>().ToArray())];
    }

    private sealed class LogLines : ILogger
    {
        public List<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => Lines.Add(formatter(state, exception));
    }
}
