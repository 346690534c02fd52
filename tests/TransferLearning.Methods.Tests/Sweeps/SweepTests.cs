using System.Globalization;

namespace TransferLearning.Tests;

public sealed class SweepTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Dataset _train = SmallSets.Images(18, SmallSets.Colours);
    private readonly Dataset _validation = SmallSets.Images(30, SmallSets.Colours);
    private int _models;

    private string File => Path.Combine(_folder.Path, "sweep.jsonl");

    private static SweepOptions Options => new()
    {
        Axes = [SweepAxis.LearningRate(0, 0.001, 0.01, 0.1, 1), SweepAxis.WeightDecay(0, 0.1)],
        MaximumEpochs = 9,
        Seed = 1,
        Optimizer = new Sgd(1, momentum: 0.9),
        Training = new FineTuneOptions
        {
            BatchSize = 6,
            Workers = 0,
            Preprocessor = ImagePipeline.ForEvaluation(ImagePreprocess.ImageNet with { Resize = 0, Crop = 8 }),
        },
    };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_best_of_each_rung_continue_for_longer_and_the_best_of_all_get_further_seeds()
    {
        SweepResult result = Run(Options);

        SweepTrial[] first = Rung(2, 0), second = Rung(2, 1), third = Rung(2, 2);
        Assert.Equal((9, 3, 1), (first.Length, second.Length, third.Length));
        Assert.Equal((5, 1, 3), (Rung(1, 0).Length, Rung(1, 1).Length, Rung(0, 0).Length));
        Assert.All(first, row => Assert.Equal(1, row.Epochs));
        Assert.All(second, row => Assert.Equal(3, row.Epochs));
        Assert.All(third, row => Assert.Equal(9, row.Epochs));
        Assert.Equal(
            first.Order(Comparer<SweepTrial>.Create(SweepTrial.Compare)).Take(3).Select(row => row.Number),
            second.Select(row => row.Number));
        Assert.All(result.Rows, row => Assert.Equal(StopReason.Completed, row.Ended));
        Assert.All(result.Rows, row => Assert.Equal(64 * 3 + 3, row.TrainedParameters));
        SweepTrial[] seeds = [.. result.Rows.Where(row => row.Bracket is null)];
        Assert.Equal([1L, 2L, 1L, 2L], seeds.Select(row => row.Seed));
        Assert.Equal(2, seeds.Select(row => row.Name).Distinct().Count());
        Assert.NotEqual("0", result.Best!.Configuration["learning rate"]); // which learns nothing
        Assert.StartsWith($"Take {result.Best.Name}: accuracy ", result.Recommendation[0], StringComparison.Ordinal);
        Assert.Contains("the mean of 3 seeds", result.Recommendation[0], StringComparison.Ordinal);
        Assert.Contains("the noise of 3 seeds and 30 validation samples", result.Recommendation[1], StringComparison.Ordinal);

        SweepTrial[] Rung(int bracket, int rung) => [.. result.Rows.Where(row => (row.Bracket, row.Rung) == (bracket, rung))];
    }

    [Fact]
    public void The_same_call_gives_the_same_table() => Assert.Equal(Table(Run(Options)), Table(Run(Options)));

    [Fact]
    public void A_sweep_that_resumes_runs_no_trial_twice_and_gives_the_same_table()
    {
        string[] whole = Table(Run(Options));
        SweepOptions options = Options with { File = File };
        using CancellationTokenSource source = new();
        SweepResult half = Run(options, new Immediate<SweepProgress>(progress => Cancel(source, progress.Done == 7)), source.Token);
        Assert.True(half.WasCancelled);
        Assert.Equal(whole[..7], Table(half));
        Assert.Contains(half.Recommendation, line => line.Contains("after 7 trials", StringComparison.Ordinal));

        // A process that was killed leaves a line half-written.
        System.IO.File.AppendAllText(File, "{\"Bracket\":2,\"Rung\":0,\"Num");
        _models = 0;
        List<SweepProgress> reports = [];
        SweepResult rest = Run(options, new Immediate<SweepProgress>(reports.Add));

        Assert.False(rest.WasCancelled);
        Assert.Equal(whole, Table(rest));
        Assert.All(reports.Take(7), report => Assert.True(report.WasDone));
        Assert.Equal(1 + reports.Count(report => !report.WasDone), _models); // and one to compare with the file
        Assert.Equal(1 + whole.Length, System.IO.File.ReadLines(File).Count());

        _models = 0;
        Assert.Equal(Seconds(rest), Seconds(Run(options)));
        Assert.Equal(1, _models);

        static double[] Seconds(SweepResult result) => [.. result.Rows.Select(row => row.Seconds)];
    }

    [Fact]
    public void A_trial_that_fails_is_a_row_with_its_error_and_does_not_continue()
    {
        SweepOptions options = Options with
        {
            Axes =
            [
                SweepAxis.Of(
                    "form",
                    ("plain", setup => setup),
                    ("broken", _ => throw new InvalidOperationException("this form is broken")),
                    ("infinite", setup => setup with { Optimizer = new Sgd(double.MaxValue) }),
                    ("refused", setup => setup with { Options = setup.Options with { BatchSize = 0 } })),
            ],
            Method = SweepMethod.SuccessiveHalving,
            Sampling = SweepSampling.Grid,
            MaximumEpochs = 3,
            Seeds = 1,
            File = File,
        };
        SweepResult result = Run(options);

        Assert.Equal(4, result.Rows.Count(row => row.Rung == 0));
        Assert.Equal("InvalidOperationException: this form is broken", result.Rows[1].Error);
        Assert.Contains("TrainingException", result.Rows[2].Error, StringComparison.Ordinal);
        Assert.Contains("BatchSize", result.Rows[3].Error, StringComparison.Ordinal);
        Assert.All(result.Rows.Where(row => row.Error is not null), row => Assert.Equal((0, null, null), (row.Rung, row.Score, row.Ended)));
        Assert.Equal("form plain", result.Best!.Name);
        Assert.Contains(
            result.Recommendation, line => line.StartsWith("3 of 5 trials failed; the first, form broken", StringComparison.Ordinal));
        Assert.Equal(Table(result), Table(Run(options))); // read back
    }

    [Fact]
    public void A_file_of_another_sweep_is_refused_with_the_differences()
    {
        SweepOptions options = Options with { Method = SweepMethod.Full, Configurations = 1, MaximumEpochs = 1, Seeds = 1, File = File };
        Run(options);
        Refused(() => Run(options with { Optimizer = new Sgd(1) }), "optimizer was Sgd(");
        Refused(() => Run(options with { Axes = [SweepAxis.LearningRate(1)] }), "axes was learning rate: [0, 0.001");
        Refused(() => Run(options with { Training = options.Training with { BatchSize = 5 } }), "BatchSize was 6 and is 5");
        Refused(() => Sweep.Run(Model, _validation, _validation, options), "training samples was 18-");
        System.IO.File.WriteAllText(File, "a table of something else\n");
        Refused(() => Run(options), "Line 1");

        static void Refused(Action run, string named)
            => Assert.Contains(named, Assert.Throws<InvalidDataException>(run).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_line_is_named()
    {
        SweepOptions options = Options with { Method = SweepMethod.Full, Configurations = 2, MaximumEpochs = 1, Seeds = 1, File = File };
        Run(options);
        string[] lines = System.IO.File.ReadAllLines(File);
        foreach (string damaged in new[] { "{}", "null", "{\"Bracket\":[]}", "{\"Configuration\":{\"a\":\"\\ud800\"}}", "x" })
        {
            System.IO.File.WriteAllLines(File, [lines[0], damaged, lines[2]]);
            Assert.Contains("Line 2", Assert.Throws<InvalidDataException>(() => Run(options)).Message, StringComparison.Ordinal);
        }

        // Without it its trial is run again.
        System.IO.File.WriteAllLines(File, [lines[0], lines[2]]);
        Assert.Equal(2, Run(options).Rows.Count);
        Assert.Equal(3, System.IO.File.ReadLines(File).Count());
    }

    [Fact]
    public void Features_are_computed_once_for_all_trials()
    {
        using FeatureCache cache = new();
        SweepOptions options = Options with { Training = Options.Training with { FeatureCache = cache } };
        Run(options);

        Assert.Equal(30 * 64 * sizeof(float), cache.StoredBytes); // 18 of them are trained on
    }

    [Fact]
    public void Trials_that_train_the_backbone_take_no_cache_and_a_trial_of_another_bracket_is_not_run_again()
    {
        using FeatureCache cache = new();
        List<SweepProgress> reports = [];
        SweepOptions options = Options with
        {
            Axes = [SweepAxis.Of(
                "trained",
                ("head", setup => setup),
                ("all", setup => setup with { Model = setup.Model.Unfreeze(), Optimizer = new Sgd(0.01) }))],
            MaximumEpochs = 3,
            Seeds = 1,
            Training = Options.Training with { FeatureCache = cache },
        };
        SweepResult result = Run(options, new Immediate<SweepProgress>(reports.Add));

        Assert.All(result.Rows, row => Assert.Null(row.Error));
        Assert.Equal(2, result.Rows.Select(row => row.TrainedParameters).Distinct().Count());
        int different = result.Rows.Select(row => (row.Name, row.Epochs)).Distinct().Count();
        Assert.Equal(different, reports.Count(report => !report.WasDone));
        Assert.True(different < result.Rows.Count);
    }

    [Fact]
    public void Recipes_are_an_axis_and_share_the_features_of_phases_of_the_head_alone()
    {
        using FeatureCache cache = new();
        SweepResult result = Sweep.Run(
            () => SmallSets.ImageModel(SmallSets.Colours),
            _train,
            _validation,
            Options with
            {
                Axes = [SweepAxis.Recipes(("head", new FeatureExtractionRecipe()), ("LP-FT", new LpFtRecipe()), ("all", null))],
                Optimizer = new Sgd(0.01),
                Method = SweepMethod.Full,
                MaximumEpochs = 1,
                Seeds = 1,
                Training = Options.Training with { FeatureCache = cache },
            });

        Assert.All(result.Rows, row => Assert.Null(row.Error));
        Assert.Equal(["LP-FT", "all", "head"], result.Rows.Select(row => row.Configuration["recipe"]).Order(StringComparer.Ordinal));
        Assert.Equal(30 * 64 * sizeof(float), cache.StoredBytes);
    }

    [Fact]
    public void The_best_configuration_is_set_up_again()
    {
        SweepResult result = Run(Options);
        using TransferModel model = Model();
        SweepSetup setup = result.SetUpBest(model);

        Assert.Equal(result.Best!.Configuration["learning rate"], RunIdentity.Describe(setup.Optimizer.LearningRate));
        Assert.Equal(9, setup.Options.Epochs);
        TrainingHistory history = setup.Model.FineTune(_train, setup.Optimizer, setup.Options with { Validation = _validation });
        Assert.Equal(result.Best.Loss!.Value, history.Evaluations.Last(evaluation => evaluation.IsBest).Loss, 5);
    }

    [Fact]
    public void A_difference_is_compared_with_the_noise_of_seeds_and_samples()
    {
        SweepTrial best = Trial(0, "a", 0.9, seconds: 30), next = Trial(1, "b", 0.8, seconds: 10);
        SweepTrial[] rows = [best, next, Seed(best, 1, 0.92), Seed(best, 2, 0.88), Seed(next, 1, 0.81), Seed(next, 2, 0.79)];
        Assert.Contains("is more than the noise", Said(rows, 10_000), StringComparison.Ordinal);
        Assert.Contains("may be chance. The next takes 3.0 times less time.", Said(rows, 50), StringComparison.Ordinal);

        // 4.303 · √((0.02² + 0.01²) / 3), and 1.96 · √((0.9 · 0.1 + 0.8 · 0.2) / 10,000)
        double noise = Math.Sqrt(Math.Pow(4.303 * Math.Sqrt((0.0004 + 0.0001) / 3), 2) + (1.96 * 1.96 * 0.25 / 10_000));
        Assert.Contains($"the noise of 3 seeds and 10000 validation samples, {noise:0.####}", Said(rows, 10_000), StringComparison.Ordinal);

        SweepTrial[] losses = [best with { Score = null, Loss = 1 }, next with { Score = null, Loss = 2 }];
        Assert.Contains("Take x a: loss 1 on", Said(losses, 50), StringComparison.Ordinal);
        Assert.Contains("run more seeds", Said(losses, 50), StringComparison.Ordinal);
        Assert.Equal("No trial came to an end.", Said([best with { Error = "it failed" }], 50).Split(" 1 of")[0]);

        static SweepTrial Trial(int number, string value, double accuracy, double seconds)
            => new(0, 0, number, new Dictionary<string, string> { ["x"] = value }, 9, 0)
            {
                Score = new Score("accuracy", accuracy),
                Loss = 1 - accuracy,
                Seconds = seconds,
                TrainedParameters = 10,
                Ended = StopReason.Completed,
            };

        static SweepTrial Seed(SweepTrial of, long seed, double accuracy)
            => of with { Bracket = null, Seed = seed, Score = new Score("accuracy", accuracy) };

        static string Said(SweepTrial[] rows, int samples) => string.Join(
            " ",
            new SweepResult(
                rows, new SweepOptions { Axes = [SweepAxis.Of("x", ["a", "b"], (setup, _) => setup)] }, samples, false).Recommendation);
    }

    [Fact]
    public void A_best_number_at_the_end_of_its_list_is_said()
    {
        SweepTrial trial = new(0, 0, 0, new Dictionary<string, string> { ["learning rate"] = "0.1" }, 9, 0) { Loss = 1 };
        bool IsSaid(params double[] rates)
            => new SweepResult([trial], new SweepOptions { Axes = [SweepAxis.LearningRate(rates)] }, 10, false)
                .Recommendation.Any(line => line.Contains("is at the end of its list", StringComparison.Ordinal));

        Assert.True(IsSaid(0.001, 0.01, 0.1));
        Assert.False(IsSaid(0.01, 0.1, 1));
    }

    private static void Cancel(CancellationTokenSource source, bool isTime)
    {
        if (isTime)
        {
            source.Cancel();
        }
    }

    private SweepResult Run(SweepOptions options, IProgress<SweepProgress>? progress = null, CancellationToken cancellationToken = default)
        => Sweep.Run(Model, _train, _validation, options, progress, cancellationToken);

    private ImageModel Model()
    {
        _models++;
        return SmallSets.ImageModel(SmallSets.Colours).FreezeBackbone();
    }

    // Without what depends on time.
    private static string[] Table(SweepResult result)
        => [.. result.Rows.Select(row => string.Create(
            CultureInfo.InvariantCulture,
            $"{row.Bracket} {row.Rung} {row.Number} {row.Name} {row.Epochs} {row.Seed} {row.Score} {row.Loss:R} "
                + $"{row.TrainedParameters} {row.Ended} {row.Error}"))];
}
