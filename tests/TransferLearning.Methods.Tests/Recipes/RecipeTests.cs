using TorchSharp;

namespace TransferLearning.Tests;

public sealed class RecipeTests
{
    public static TheoryData<string, string> Everywhere
    {
        get
        {
            TheoryData<string, string> all = [];
            foreach (string modality in new[] { "images", "texts", "sounds" })
            {
                foreach (string recipe in new[] { "fastai", "lp-ft", "ulmfit", "features", "full" })
                {
                    all.Add(modality, recipe);
                }
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Everywhere))]
    public void Every_recipe_trains_every_modality_and_is_saved_with_what_it_left_frozen(string modality, string name)
    {
        Recipe recipe = name switch
        {
            "fastai" => new FastAiRecipe(),
            "lp-ft" => RecipeTrial.LpFt,
            "ulmfit" => GradualUnfreezingRecipe.Ulmfit,
            "features" => new FeatureExtractionRecipe(),
            _ => new FullFineTuningRecipe(),
        };
        using TemporaryFolder folder = new();
        (TransferModel model, Dataset samples) = RecipeTrial.Of(modality, folder.File("words"));
        using (model)
        {
            string[] before = RecipeTrial.Trained(model);
            TrainingHistory history = model.FineTune(samples, new AdamW(0.01), RecipeTrial.Options with { Recipe = recipe });

            int phases = name == "ulmfit" ? model.Module.Stages.Count + 1 : name is "fastai" or "lp-ft" ? 2 : 1;
            int frozenEpochs = name == "lp-ft" ? 0 : phases - 1; // a linear probe has none
            Assert.Equal(StopReason.Completed, history.StopReason);
            Assert.Equal(Enumerable.Range(1, frozenEpochs + 2), history.Epochs.Select(epoch => epoch.Epoch));
            Assert.Equal(name == "features" ? [.. before.Where(model.Head.Holds)] : before, RecipeTrial.Trained(model));

            string path = folder.File("saved");
            model.Save(path);
            using TransferModel loaded = TransferModel.Load(path);
            Assert.Equal(RecipeTrial.Trained(model), RecipeTrial.Trained(loaded));
        }
    }

    [Fact]
    public void A_frozen_phase_costs_one_pass_whatever_its_epochs()
    {
        using WatchedDataset watched = new(RecipeTrial.Images);
        using ImageModel model = RecipeTrial.ImageModel();
        List<int> reads = [];
        FineTuneOptions options = RecipeTrial.Options with
        {
            Recipe = new FastAiRecipe { FrozenEpochs = 5 },
            Observers =
            [
                new Immediate<TrainingEvent>(happened => reads.AddRange(happened is TrainingEvent.EpochEnded ? [watched.Reads] : [])),
            ],
        };
        TrainingHistory history = model.FineTune(watched, new AdamW(0.01), options);

        Assert.Equal([18, 18, 18, 18, 18, 36, 54], reads);
        Assert.Equal(["head", "head", "head", "head", "head", "all", "all"], history.Epochs.Select(epoch => epoch.Phase));
    }

    [Fact]
    public void A_linear_probe_begins_fine_tuning_from_the_head_that_it_alone_would_fit()
    {
        using ImageModel probed = RecipeTrial.ImageModel(), both = RecipeTrial.ImageModel();
        probed.Probe(RecipeTrial.Images, RecipeTrial.LpFt.Probe!, new FeatureOptions { BatchSize = 6, Workers = 0 });
        both.FineTune(RecipeTrial.Images, new Sgd(0), RecipeTrial.Options with { Recipe = RecipeTrial.LpFt, Epochs = 1 });

        Assert.Equal(Parameters(probed), Parameters(both));
    }

    [Theory]
    [InlineData("a head with layers")]
    [InlineData("a loss")]
    public void Where_no_probe_fits_the_head_is_trained_on_features_and_the_log_says_why(string why)
    {
        LinesLogger log = new();
        using ImageModel model = RecipeTrial.ImageModel();
        if (why == "a head with layers")
        {
            model.ReplaceHead(3, head => head.Linear(8).Relu());
        }

        FineTuneOptions options = RecipeTrial.Options with { Recipe = new LpFtRecipe { ProbeEpochs = 3 }, Logger = log };
        TrainingHistory history = model.FineTune(
            RecipeTrial.Images, new AdamW(0.01), why == "a loss" ? options with { Loss = new CrossEntropyLoss(0.1) } : options);
        Assert.Equal([.. Enumerable.Repeat("linear probe", 3), "fine-tuning", "fine-tuning"], history.Epochs.Select(epoch => epoch.Phase));
        Assert.Contains(log.Lines, line => line.Contains("trains the head by steps", StringComparison.Ordinal));
    }

    [Fact]
    public void The_best_weights_of_all_phases_are_kept()
    {
        FineTuneOptions options = RecipeTrial.Options with { Recipe = RecipeTrial.LpFt, Validation = RecipeTrial.Others };
        using ImageModel probed = RecipeTrial.ImageModel(), ruined = RecipeTrial.ImageModel(), last = RecipeTrial.ImageModel();
        probed.Probe(RecipeTrial.Images, RecipeTrial.LpFt.Probe!, new FeatureOptions { BatchSize = 6, Workers = 0 });
        double loss = probed.Evaluate(RecipeTrial.Others, new EvaluateOptions { BatchSize = 6 }).Loss;
        TrainingHistory history = ruined.FineTune(RecipeTrial.Images, new Sgd(3), options);

        Assert.Equal([true, false, false], history.Evaluations.Select(evaluation => evaluation.IsBest));
        Assert.Equal(loss, history.Evaluations[0].Loss, 1e-6);
        Assert.Equal(0, history.BestEpoch);
        Assert.Equal(Parameters(probed), Parameters(ruined));

        Assert.Equal(2, last.FineTune(RecipeTrial.Images, new Sgd(3), options with { RestoreBestWeights = false }).BestEpoch);
        Assert.NotEqual(Parameters(probed), Parameters(last));
    }

    [Fact]
    public void Patience_ends_a_phase_and_the_next_begins()
    {
        FineTuneOptions options = RecipeTrial.Options with
        {
            Recipe = new FastAiRecipe { FrozenEpochs = 9 },
            Validation = RecipeTrial.Others,
            Patience = 2,
            Epochs = 9,
        };
        using ImageModel model = RecipeTrial.ImageModel();
        TrainingHistory history = model.FineTune(RecipeTrial.Images, new Sgd(0), options); // nothing becomes better
        Assert.Equal(StopReason.NoImprovement, history.StopReason);
        Assert.Equal(3, history.Epochs.Count(epoch => epoch.Phase == "head"));
        Assert.InRange(history.Epochs.Count(epoch => epoch.Phase == "all"), 2, 9);
    }

    [Fact]
    public void Cancelling_in_a_later_phase_keeps_the_best_so_far()
    {
        using ImageModel probed = RecipeTrial.ImageModel(), cancelled = RecipeTrial.ImageModel();
        probed.Probe(RecipeTrial.Images, RecipeTrial.LpFt.Probe!, new FeatureOptions { BatchSize = 6, Workers = 0 });
        using CancellationTokenSource source = new();
        FineTuneOptions options = RecipeTrial.Options with
        {
            Recipe = RecipeTrial.LpFt,
            Validation = RecipeTrial.Others,
            Observers = [new Immediate<TrainingEvent>(happened =>
            {
                if (happened is TrainingEvent.StepTaken)
                {
                    source.Cancel();
                }
            })],
        };
        TrainingHistory history = cancelled.FineTune(RecipeTrial.Images, new Sgd(1), options, cancellationToken: source.Token);
        Assert.Equal((StopReason.Cancelled, 1, 0), (history.StopReason, history.Steps, history.BestEpoch));
        Assert.Equal(Parameters(probed), Parameters(cancelled));
        Assert.DoesNotContain(cancelled.Module.parameters(), parameter => !parameter.requires_grad);
    }

    [Fact]
    public void Cancelling_before_anything_gives_a_history_without_epochs()
    {
        foreach (Recipe recipe in new Recipe[] { new LpFtRecipe(), new FastAiRecipe() })
        {
            using ImageModel model = RecipeTrial.ImageModel();
            using CancellationTokenSource source = new();
            source.Cancel();
            float[] before = Parameters(model);
            TrainingHistory history = model.FineTune(
                RecipeTrial.Images, new Sgd(1), RecipeTrial.Options with { Recipe = recipe }, cancellationToken: source.Token);
            Assert.Equal((StopReason.Cancelled, 0, 0), (history.StopReason, history.Steps, history.Epochs.Count));
            Assert.Equal(before, Parameters(model));
        }
    }

    [Fact]
    public void Progress_and_events_are_those_of_one_run()
    {
        List<TrainingEvent> events = [];
        List<TrainingProgress> progress = [];
        using ImageModel model = RecipeTrial.ImageModel();
        FineTuneOptions options = RecipeTrial.Options with
        {
            Recipe = new FastAiRecipe(),
            Observers = [new Immediate<TrainingEvent>(events.Add)],
        };
        TrainingHistory history = model.FineTune(
            RecipeTrial.Images, new Sgd(0.01), options, progress: new Immediate<TrainingProgress>(progress.Add));

        Assert.Equal([new TrainingEvent.Started(0, 9)], events.OfType<TrainingEvent.Started>());
        Assert.Equal([new TrainingEvent.Ended(9, StopReason.Completed)], events.OfType<TrainingEvent.Ended>());
        TrainingEvent.StepTaken[] steps = [.. events.OfType<TrainingEvent.StepTaken>()];
        Assert.Equal(Enumerable.Range(1, 9).Select(step => (long)step), steps.Select(step => step.Step));
        Assert.Equal([1, 1, 1, 2, 2, 2, 3, 3, 3], steps.Select(step => step.Epoch));
        Assert.Equal(history.Epochs, events.OfType<TrainingEvent.EpochEnded>().Select(ended => ended.Result));
        Assert.Equal([(1, 3), (2, 3), (3, 3)], progress.Select(report => (report.Epoch, report.Epochs)));
        Assert.Equal(history.Epochs, progress.Select(report => report.EpochResult));
    }

    [Fact]
    public void A_log_holds_a_run_with_phases_once()
    {
        using TemporaryFolder folder = new();
        using ImageModel model = RecipeTrial.ImageModel();
        using (CsvLog log = new(folder.File("run.csv")))
        {
            model.FineTune(
                RecipeTrial.Images, new Sgd(0.01), RecipeTrial.Options with { Recipe = new FastAiRecipe(), Observers = [log] });
        }

        Assert.Equal(1 + 9 + 3, File.ReadAllLines(folder.File("run.csv")).Length); // a head, steps, epochs
    }

    [Fact]
    public void A_recipe_divides_what_the_model_trains_and_unfreezes_nothing()
    {
        using ImageModel model = RecipeTrial.ImageModel().UnfreezeFrom("layer3");
        float[] stem = Of(model, "layer2"), last = Of(model, "layer3");
        TrainingHistory history = model.FineTune(
            RecipeTrial.Images, new Sgd(0.1), RecipeTrial.Options with { Recipe = new GradualUnfreezingRecipe() });
        Assert.Equal(["head", "all", "all"], history.Epochs.Select(epoch => epoch.Phase)); // of one stage
        Assert.Equal(stem, Of(model, "layer2"));
        Assert.NotEqual(last, Of(model, "layer3"));

        static float[] Of(ImageModel model, string stage) =>
        [
            .. model.Module.named_parameters().Where(entry => entry.name.StartsWith(stage, StringComparison.Ordinal))
                .SelectMany(entry => entry.parameter.detach().contiguous().data<float>().ToArray()),
        ];
    }

    [Fact]
    public void A_recipe_with_lora_trains_the_head_and_then_its_weights_too()
    {
        using TemporaryFolder folder = new();
        using TextModel model = TinyText.Model(folder.Path, new Classification(2)).WithLora(rank: 2);
        string[] all = RecipeTrial.Trained(model);
        TrainingHistory history = model.FineTune(
            TinyText.Opinions(18), new AdamW(0.01), RecipeTrial.Options with { Recipe = new LpFtRecipe { Probe = null } });
        Assert.Equal(4, history.Epochs.Count);
        Assert.Equal(all, RecipeTrial.Trained(model));
        Assert.Contains(all, name => name.Contains("lora", StringComparison.Ordinal));
    }

    [Fact]
    public void Phases_of_the_same_data_draw_differently()
    {
        List<double> losses = [];
        using ImageModel model = RecipeTrial.ImageModel();
        FineTuneOptions options = RecipeTrial.Options with
        {
            Epochs = 1,
            Recipe = new OwnRecipe([new RecipePhase("once"), new RecipePhase("again")]),
            Observers = [new Immediate<TrainingEvent>(
                happened => losses.AddRange(happened is TrainingEvent.StepTaken { Loss: { } loss } ? [loss] : []))],
        };
        model.FineTune(RecipeTrial.Images, new Sgd(0), options);
        Assert.Equal(6, losses.Distinct().Count());
    }

    [Fact]
    public void What_does_not_go_together_is_refused_before_anything_is_trained()
    {
        (string Part, FineTuneOptions Options, Action<ImageModel>? Change)[] all =
        [
            ("Schedule of its own", new() { Recipe = new FastAiRecipe(), Schedule = new CosineSchedule() }, null),
            ("StageRates of its own", new() { Recipe = new FastAiRecipe(), StageRates = StageRates.Spread(0.1) }, null),
            ("WithLayerDecay(0.5)", new() { Recipe = new FastAiRecipe() }, model => model.WithLayerDecay(0.5)),
            ("WithLayerDecay(0.5)", new() { StageRates = StageRates.Spread(0.1) }, model => model.WithLayerDecay(0.5)),
            ("all of it is frozen", new() { Recipe = new LpFtRecipe() }, model => model.FreezeBackbone()),
            ("all of it is frozen", new() { Recipe = new FullFineTuningRecipe() }, model => model.FreezeBackbone()),
            ("'layer9'", new() { Recipe = new OwnRecipe([new RecipePhase("x") { From = "layer9" }]) }, null),
            ("'layer9'", new() { StageRates = new StageRates { Factors = new Dictionary<string, double> { ["layer9"] = 1 } } }, null),
            ("no phase", new() { Recipe = new OwnRecipe([]) }, null),
            ("in a first phase", new() { Recipe = new OwnRecipe([new RecipePhase("x") { Probe = new LogisticProbe() }]) }, null),
            ("CachedViews is for", new() { Recipe = new FastAiRecipe(), CachedViews = 1, Preprocessor = Plain }, null),
            ("Patience needs", new() { Recipe = new FastAiRecipe(), Patience = 1 }, null),
            ("cutting images into patches", new() { FreezePatchEmbedding = true }, null),
        ];
        foreach ((string part, FineTuneOptions options, Action<ImageModel>? change) in all)
        {
            using ImageModel model = RecipeTrial.ImageModel();
            change?.Invoke(model);
            float[] before = Parameters(model);
            string message = Assert.Throws<ArgumentException>(() => model.FineTune(RecipeTrial.Images, new Sgd(1), options)).Message;
            Assert.Contains(part, message, StringComparison.Ordinal);
            Assert.Equal(before, Parameters(model));
        }

        using ImageModel searched = RecipeTrial.ImageModel();
        LearningRateFinderOptions search = new() { Training = RecipeTrial.Options with { Recipe = new FastAiRecipe() } };
        Assert.Contains(
            "one phase",
            Assert.Throws<ArgumentException>(() => searched.FindLearningRate(RecipeTrial.Images, new Sgd(1), search)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_option_for_what_is_frozen_serves_the_phases_that_can_use_it()
    {
        using FeatureCache cache = new();
        using WatchedDataset watched = new(RecipeTrial.Images);
        using ImageModel model = RecipeTrial.ImageModel();
        FineTuneOptions options = RecipeTrial.Options with { Recipe = RecipeTrial.LpFt, FeatureCache = cache, Epochs = 1 };
        model.FineTune(watched, new Sgd(0), options);
        int once = watched.Reads;
        using ImageModel again = RecipeTrial.ImageModel();
        again.FineTune(watched, new Sgd(0), options);
        Assert.True(watched.Reads - once < once, $"{watched.Reads} after {once}");
    }

    [Fact]
    public void A_recipe_of_ones_own_is_its_phases()
    {
        using ImageModel model = RecipeTrial.ImageModel();
        FineTuneOptions options = RecipeTrial.Options with
        {
            Recipe = new OwnRecipe(
            [
                new RecipePhase("late") { From = "layer3", Epochs = 1, RateFactor = 2 },
                new RecipePhase("head") { From = RecipePhase.HeadOnly },
            ]),
        };
        TrainingHistory history = model.FineTune(RecipeTrial.Images, new Sgd(0.01), options);
        Assert.Equal([("late", 0.02), ("head", 0.01), ("head", 0.01)], history.Epochs.Select(epoch => (epoch.Phase!, epoch.LearningRate)));
        Assert.Equal(["linear.weight", "linear.bias"], RecipeTrial.Trained(model));
    }

    private static ImagePipeline Plain
        => new([new CenterCrop(32, 32)], 32, 32, ChannelValues.ImageNetMean, ChannelValues.ImageNetStd);

    private static float[] Parameters(TransferModel model)
        => [.. model.Module.parameters().SelectMany(parameter => parameter.detach().contiguous().data<float>().ToArray())];

    private sealed record OwnRecipe(IReadOnlyList<RecipePhase> All) : Recipe
    {
        public override IReadOnlyList<RecipePhase> PhasesOf(IReadOnlyList<NetworkStage> stages) => All;
    }
}
