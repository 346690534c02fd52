namespace TransferLearning.Tests;

public sealed class ResumeTests
{
    private static readonly FineTuneOptions Options = new() { Epochs = 3, BatchSize = 8, Seed = 5, ReportEvery = 3 };

    public static TheoryData<string> Recipes => new(All.Keys);

    private static Dictionary<string, (Optimizer Rule, FineTuneOptions Options)> All { get; } = new()
    {
        ["sgd"] = (new Sgd(0.05, momentum: 0.9, weightDecay: 1e-3), Options),
        ["adamw, average, groups, clipping"] = (
            new AdamW(1e-3, amsgrad: true),
            Options with
            {
                Average = new ExponentialMovingAverage(0.9),
                AccumulationSteps = 2,
                Clipping = new ClipByNorm(1),
                NoDecayOnBiasAndNorm = true,
                EvaluateEvery = 2,
                Schedule = new WarmupSchedule(new CosineSchedule(), 3),
            }),
        ["adam, one cycle"] = (new Adam(1e-3), Options with { Schedule = new OneCycleSchedule() }),
        ["rmsprop, plateau"] = (
            new RmsProp(1e-3, momentum: 0.5),
            Options with { Schedule = new ReduceOnPlateauSchedule(patience: 0), RestoreBestWeights = false }),
    };

    [Theory]
    [MemberData(nameof(Recipes))]
    public void A_run_in_pieces_equals_one_in_one_piece_bit_for_bit(string recipe)
    {
        (Optimizer rule, FineTuneOptions options) = All[recipe];
        using ToyTraining whole = new(36, dropout: 0.4) { Rule = rule };
        TrainingHistory expected = whole.Train(options, validate: _ => whole.Evaluate());

        using TemporaryFolder folder = new();
        TrainingHistory history;
        int pieces = 0;
        do
        {
            // A new process: the model as it was at the start.
            using ToyTraining piece = new(36, dropout: 0.4) { Rule = rule };
            using CancellationTokenSource source = new();
            int batches = 0;
            piece.BeforeBatch = _ =>
            {
                if (++batches == 4)
                {
                    source.Cancel();
                }
            };
            history = piece.Train(options.Resuming(folder.Path), cancellationToken: source.Token, validate: token =>
            {
                token.ThrowIfCancellationRequested();
                return piece.Evaluate();
            });
            if (history.StopReason == StopReason.Completed)
            {
                Assert.Equal(whole.Weights(), piece.Weights());
            }
        }
        while (history.StopReason == StopReason.Cancelled && ++pieces < 20);

        Assert.InRange(pieces, 3, 10);
        Assert.Equal(expected.Evaluations, history.Evaluations);
        Assert.Equal(expected.Epochs.Select(Numbers), history.Epochs.Select(Numbers));
        Assert.Equal((expected.Steps, expected.BestEpoch), (history.Steps, history.BestEpoch));

        static (int, double, double?, double, double?, double?) Numbers(EpochResult epoch)
            => (epoch.Epoch, epoch.Loss, epoch.Accuracy, epoch.LearningRate, epoch.ValidationLoss, epoch.ValidationAccuracy);
    }

    [Fact]
    public void A_finished_run_gives_its_history_at_once()
    {
        using TemporaryFolder folder = new();
        using ToyTraining first = new(16);
        TrainingHistory history = first.Train(Options.Resuming(folder.Path), validate: _ => first.Evaluate());
        using ToyTraining again = new(16) { BeforeBatch = _ => Assert.Fail("Nothing is left to train.") };
        TrainingHistory reported = again.Train(Options.Resuming(folder.Path), validate: _ => first.Evaluate());
        Assert.Equal(history.Epochs, reported.Epochs);
        Assert.Equal((history.StopReason, history.Steps, history.BestEpoch), (reported.StopReason, reported.Steps, reported.BestEpoch));
        Assert.Equal(first.Weights(), again.Weights());
    }

    [Fact]
    public void A_finished_run_can_learn_for_more_epochs()
    {
        using TemporaryFolder folder = new();
        FineTuneOptions longer = Options with
        {
            Epochs = Options.Epochs + 2,
            Schedule = new ConstantSchedule(),
            Average = null,
            Patience = null,
        };
        FineTuneOptions shorter = longer with { Epochs = Options.Epochs };
        using ToyTraining whole = new(16), first = new(16), again = new(16), fewer = new(16);
        TrainingHistory expected = whole.Train(longer, validate: _ => whole.Evaluate());
        Assert.Equal(StopReason.Completed, first.Train(shorter.Resuming(folder.Path), validate: _ => first.Evaluate()).StopReason);
        TrainingHistory history = again.Train(longer.Resuming(folder.Path), validate: _ => again.Evaluate());
        Assert.Equal(
            expected.Epochs.Select(epoch => (epoch.Epoch, epoch.Loss, epoch.ValidationLoss)),
            history.Epochs.Select(epoch => (epoch.Epoch, epoch.Loss, epoch.ValidationLoss)));
        Assert.Equal((expected.Steps, expected.BestEpoch), (history.Steps, history.BestEpoch));
        Assert.Equal(whole.Weights(), again.Weights());
        Assert.Contains(
            "Epochs was",
            Assert.Throws<ArgumentException>(() => fewer.Train(shorter.Resuming(folder.Path), validate: _ => fewer.Evaluate())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Two_newest_checkpoints_are_kept()
    {
        using TemporaryFolder folder = new();
        using ToyTraining toy = new(32);
        List<long> written = [];
        toy.Train(Options with
        {
            Checkpoints = new CheckpointPolicy(folder.Path) { EverySteps = 2 },
            Observers =
            [
                new Immediate<TrainingEvent>(
                    reported => written.AddRange(reported is TrainingEvent.CheckpointWritten checkpoint ? [checkpoint.Step] : []))
            ],
        });
        Assert.Equal(12, written[^1]);
        Assert.True(written.Count >= 2, string.Join(" ", written));
        Assert.Equal(
            written.Distinct().TakeLast(2).Select(step => $"step-{step:D12}.safetensors"),
            Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("cut")]
    [InlineData("changed")]
    [InlineData("empty")]
    public void A_damaged_newest_checkpoint_falls_back_to_the_other_and_says_so(string damage)
    {
        using ToyTraining whole = new(32);
        whole.Train(Options);

        using TemporaryFolder folder = new();
        Stop(folder, at: 7);
        Stop(folder, at: 2);
        string[] files = [.. Directory.GetFiles(folder.Path).Order()];
        Assert.Equal(2, files.Length);
        byte[] bytes = File.ReadAllBytes(files[1]);
        bytes[^100] ^= 1;
        File.WriteAllBytes(files[1], damage switch { "cut" => bytes[..(bytes.Length / 2)], "changed" => bytes, _ => [] });

        Lines log = new();
        using ToyTraining toy = new(32);
        toy.Train(Options.Resuming(folder.Path) with { Logger = log });
        Assert.Contains(
            log.Written,
            line => line.Contains(files[1], StringComparison.Ordinal) && line.Contains("is damaged", StringComparison.Ordinal));
        Assert.Contains(
            log.Written, line => line.Contains(files[0], StringComparison.Ordinal) && line.Contains("resumes", StringComparison.Ordinal));
        Assert.Equal(whole.Weights(), toy.Weights());
    }

    [Fact]
    public void With_every_checkpoint_damaged_the_error_says_so()
    {
        using TemporaryFolder folder = new();
        Stop(folder, at: 3);
        foreach (string file in Directory.GetFiles(folder.Path))
        {
            File.WriteAllText(file, "x");
        }

        using ToyTraining toy = new(32);
        Assert.Contains(
            folder.Path,
            Assert.Throws<InvalidDataException>(() => toy.Train(Options.Resuming(folder.Path))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_another_run_is_refused_with_what_differs()
    {
        using TemporaryFolder folder = new();
        Stop(folder, at: 3);
        using ToyTraining toy = new(32) { Rule = new Sgd(0.01, momentum: 0.9) };
        string message = Assert.Throws<ArgumentException>(
            () => toy.Train(Options.Resuming(folder.Path) with { BatchSize = 4, Schedule = new CosineSchedule() })).Message;
        Assert.Contains("BatchSize was 8 and is 4", message, StringComparison.Ordinal);
        Assert.Contains("Schedule was ConstantSchedule", message, StringComparison.Ordinal);
        Assert.Contains("optimizer was Sgd(", message, StringComparison.Ordinal);
        Assert.DoesNotContain("Seed", message, StringComparison.Ordinal);

        using ToyTraining other = new(32, dropout: 0.5);
        Assert.Contains(
            "trained parameters",
            Assert.Throws<ArgumentException>(() => other.Train(Options.Resuming(folder.Path))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Frozen_weights_are_part_of_the_run()
    {
        using TemporaryFolder folder = new();
        using ToyTraining first = new(16);
        Freeze(first);
        first.Train(Options.Resuming(folder.Path));
        using ToyTraining other = new(16);
        other.Network.Initialize(9);
        Freeze(other);
        Assert.Contains(
            "frozen weights",
            Assert.Throws<ArgumentException>(() => other.Train(Options.Resuming(folder.Path))).Message,
            StringComparison.Ordinal);

        static void Freeze(ToyTraining toy) => toy.Network.parameters().First().requires_grad = false;
    }

    [Fact]
    public void A_new_run_does_not_write_over_another()
    {
        using TemporaryFolder folder = new();
        Stop(folder, at: 3);
        using ToyTraining toy = new(32);
        ArgumentException exception = Assert.Throws<ArgumentException>(
            () => toy.Train(Options with { Checkpoints = new CheckpointPolicy(folder.Path) }));
        Assert.Contains("resume:", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_killed_run_left_half_written_is_cleared_away()
    {
        using TemporaryFolder folder = new();
        string remains = Path.Combine(folder.Path, "step-000000000001.safetensors.99-1.tmp");
        File.WriteAllText(remains, "half");
        Stop(folder, at: 3);
        Assert.False(File.Exists(remains));
    }

    [Fact]
    public void The_model_resumes_by_the_name_of_a_folder()
    {
        using Dataset dataset = Images(24);
        using ImageModel whole = TransferModel.Create("resnet20", 2);
        using ImageModel broken = TransferModel.Create("resnet20", 2);
        using ImageModel again = TransferModel.Create("resnet20", 2);
        FineTuneOptions options = new() { Epochs = 3, BatchSize = 8, Seed = 1, Workers = 2, ReportEvery = 1 };
        TrainingHistory expected = whole.FineTune(dataset, new Sgd(0.01, momentum: 0.9), options);

        using TemporaryFolder folder = new();
        using CancellationTokenSource source = new();
        TrainingHistory cut = broken.FineTune(
            dataset,
            new Sgd(0.01, momentum: 0.9),
            options,
            resume: folder.Path,
            new Immediate<TrainingProgress>(progress =>
            {
                if (progress is { Epoch: 2, Batch: 2 })
                {
                    source.Cancel();
                }
            }),
            source.Token);
        Assert.Equal(StopReason.Cancelled, cut.StopReason);
        TrainingHistory history = again.FineTune(dataset, new Sgd(0.01, momentum: 0.9), options, resume: folder.Path);
        Assert.Equal(expected.Epochs.Select(epoch => epoch.Loss), history.Epochs.Select(epoch => epoch.Loss));
        Assert.Equal(Bytes(whole), Bytes(again));

        using Dataset other = dataset.Take(16);
        Assert.Contains(
            "training samples",
            Assert.Throws<ArgumentException>(
                () => again.FineTune(other, new Sgd(0.01, momentum: 0.9), options, resume: folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Training_on_kept_features_resumes_too()
    {
        using Dataset dataset = Images(24);
        FineTuneOptions options = new() { Epochs = 6, BatchSize = 8, Seed = 1, ReportEvery = 1 };
        using ImageModel whole = TransferModel.Create("resnet20", 2);
        whole.Probe(dataset, new Adam(0.01), options);

        using TemporaryFolder folder = new();
        using CancellationTokenSource source = new();
        using ImageModel broken = TransferModel.Create("resnet20", 2);
        broken.Probe(dataset, new Adam(0.01), options, folder.Path, new Immediate<TrainingProgress>(progress => Cancel(progress)),
            source.Token);
        using ImageModel again = TransferModel.Create("resnet20", 2);
        Assert.Equal(18, again.Probe(dataset, new Adam(0.01), options, resume: folder.Path).Steps);
        Assert.Equal(Bytes(whole), Bytes(again));

        void Cancel(TrainingProgress progress)
        {
            if (progress is { Epoch: 3, Batch: 1 })
            {
                source.Cancel();
            }
        }
    }

    private static void Stop(TemporaryFolder folder, int at)
    {
        using ToyTraining toy = new(32);
        using CancellationTokenSource source = new();
        int batches = 0;
        toy.BeforeBatch = _ =>
        {
            if (++batches == at)
            {
                source.Cancel();
            }
        };
        Assert.Equal(StopReason.Cancelled, toy.Train(Options.Resuming(folder.Path), cancellationToken: source.Token).StopReason);
    }

    private static Dataset Images(int count)
    {
        SeededRandom random = new(3);
        List<SampleContent> images = [];
        for (int i = 0; i < count; i++)
        {
            byte[] pixels = new byte[32 * 32 * 3];
            for (int k = 0; k < pixels.Length; k++)
            {
                pixels[k] = (byte)(random.NextInt32(128) + (i % 2 * 100));
            }

            images.Add(new RawImage(32, 32, pixels));
        }

        return Dataset.FromImages(images, [.. Enumerable.Range(0, count).Select(i => i % 2)], ["dark", "bright"]);
    }

    private static byte[] Bytes(TransferModel model)
        => [.. model.Module.State().SelectMany(entry => entry.Value.detach().contiguous().bytes.ToArray())];

    private sealed class Lines : Microsoft.Extensions.Logging.ILogger
    {
        public List<string> Written { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(Microsoft.Extensions.Logging.LogLevel logLevel) => true;

        public void Log<TState>(
            Microsoft.Extensions.Logging.LogLevel logLevel,
            Microsoft.Extensions.Logging.EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter) => Written.Add(formatter(state, exception));
    }
}
