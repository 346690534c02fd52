namespace TransferLearning.Tests;

public sealed class RecipeResumeTests
{
    private static readonly Dictionary<string, Recipe> Recipes = new()
    {
        ["fastai"] = new FastAiRecipe(),
        ["lp-ft"] = RecipeTrial.LpFt,
        ["lp-ft by steps"] = new LpFtRecipe { Probe = null, ProbeEpochs = 3 },
        ["gradual"] = new GradualUnfreezingRecipe { StagesEach = 2 },
        ["features"] = new FeatureExtractionRecipe(),
    };

    public static TheoryData<string, int> Pieces
    {
        get
        {
            TheoryData<string, int> all = [];
            foreach (string recipe in Recipes.Keys)
            {
                all.Add(recipe, 2);
                all.Add(recipe, 3); // at the end of an epoch, and of a phase
                all.Add(recipe, 4);
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Pieces))]
    public void A_run_in_pieces_equals_one_in_one_piece_bit_for_bit_over_the_boundaries_of_phases(string recipe, int steps)
    {
        FineTuneOptions options = RecipeTrial.Options with { Recipe = Recipes[recipe], Validation = RecipeTrial.Others };
        AdamW optimizer = new(0.01);
        using ImageModel whole = RecipeTrial.ImageModel();
        TrainingHistory expected = whole.FineTune(RecipeTrial.Images, optimizer, options);

        using TemporaryFolder folder = new();
        TrainingHistory history;
        int pieces = 0;
        do
        {
            using ImageModel piece = RecipeTrial.ImageModel(); // a new process: the model as it was at the start
            history = piece.FineTune(
                RecipeTrial.Images, optimizer, options with { Observers = [After(steps, out CancellationToken token)] }, folder.Path,
                cancellationToken: token);
            Assert.Equal(RecipeTrial.Trained(whole), RecipeTrial.Trained(piece));
            if (history.StopReason == StopReason.Completed)
            {
                Assert.Equal(RecipeTrial.State(whole), RecipeTrial.State(piece));
            }
        }
        while (history.StopReason == StopReason.Cancelled && ++pieces < 20);

        Assert.Equal(RecipeTrial.Numbers(expected), RecipeTrial.Numbers(history));
        Assert.Equal(expected.Steps / steps, pieces);
    }

    [Fact]
    public void A_text_model_resumes_in_the_middle_of_its_phases()
    {
        FineTuneOptions options = RecipeTrial.Options with { Recipe = GradualUnfreezingRecipe.Ulmfit };
        using TemporaryFolder words = new(), folder = new();
        Classification task = new(2);
        using TextModel whole = TinyText.Model(words.Path, task), first = TinyText.Model(words.Path, task),
            second = TinyText.Model(words.Path, task);
        Dataset texts = TinyText.Opinions(18);
        TrainingHistory expected = whole.FineTune(texts, new Adam(0.01), options);
        FineTuneOptions stopped = options with { Observers = [After(5, out CancellationToken token)] };
        first.FineTune(texts, new Adam(0.01), stopped, folder.Path, cancellationToken: token);
        TrainingHistory history = second.FineTune(texts, new Adam(0.01), options, folder.Path);

        Assert.Equal(["head", "from layer.1", "from layer.0", "all", "all"], history.Epochs.Select(epoch => epoch.Phase));
        Assert.Equal(RecipeTrial.Numbers(expected), RecipeTrial.Numbers(history));
        Assert.Equal(RecipeTrial.State(whole), RecipeTrial.State(second));
    }

    [Fact]
    public void A_finished_run_gives_its_history_at_once_and_may_resume()
    {
        using TemporaryFolder folder = new();
        FineTuneOptions options = RecipeTrial.Options with { Recipe = new GradualUnfreezingRecipe { StagesEach = 4 } };
        using ImageModel first = RecipeTrial.ImageModel(), again = RecipeTrial.ImageModel(), longer = RecipeTrial.ImageModel(),
            whole = RecipeTrial.ImageModel();
        TrainingHistory history = first.FineTune(RecipeTrial.Images, new Sgd(0.01), options, folder.Path);
        List<TrainingEvent> events = [];
        TrainingHistory reported = again.FineTune(
            RecipeTrial.Images, new Sgd(0.01), options with { Observers = [new Immediate<TrainingEvent>(events.Add)] }, folder.Path);
        Assert.Equal(RecipeTrial.Numbers(history), RecipeTrial.Numbers(reported));
        Assert.Equal(RecipeTrial.State(first), RecipeTrial.State(again));
        Assert.DoesNotContain(events, happened => happened is TrainingEvent.StepTaken);

        TrainingHistory more = longer.FineTune(RecipeTrial.Images, new Sgd(0.01), options with { Epochs = 3 }, folder.Path);
        Assert.Equal(
            RecipeTrial.Numbers(whole.FineTune(RecipeTrial.Images, new Sgd(0.01), options with { Epochs = 3 })), RecipeTrial.Numbers(more));
        Assert.Equal(RecipeTrial.State(whole), RecipeTrial.State(longer));
    }

    [Fact]
    public void A_folder_of_another_recipe_or_none_is_refused()
    {
        using TemporaryFolder plain = new(), phases = new();
        FineTuneOptions fastAi = RecipeTrial.Options with { Recipe = new FastAiRecipe(), Epochs = 1 };
        Train(fastAi with { Recipe = null }, plain);
        Train(fastAi, phases);

        Assert.Contains("without phases", Refused(fastAi, plain), StringComparison.Ordinal);
        Assert.Contains("with phases", Refused(fastAi with { Recipe = null }, phases), StringComparison.Ordinal);
        Assert.Contains(
            "phase was 1 of 2, head for 1 epochs, of FastAiRecipe",
            Refused(fastAi with { Recipe = new LpFtRecipe { Probe = null } }, phases),
            StringComparison.Ordinal);
        Assert.Contains(
            "RateDivisor", Refused(fastAi with { Recipe = new FastAiRecipe { RateDivisor = 10 } }, phases), StringComparison.Ordinal);
        using ImageModel model = RecipeTrial.ImageModel();
        Assert.Contains(
            "Continue with resume",
            Assert.Throws<ArgumentException>(() => model.FineTune(
                RecipeTrial.Images, new Sgd(0.01), fastAi with { Checkpoints = new CheckpointPolicy(phases.Path) })).Message,
            StringComparison.Ordinal);

        static void Train(FineTuneOptions options, TemporaryFolder folder)
        {
            using ImageModel model = RecipeTrial.ImageModel();
            model.FineTune(RecipeTrial.Images, new Sgd(0.01), options, folder.Path);
        }

        static string Refused(FineTuneOptions options, TemporaryFolder folder)
            => Assert.Throws<ArgumentException>(() => Train(options, folder)).Message;
    }

    private static Immediate<TrainingEvent> After(int steps, out CancellationToken token)
    {
        CancellationTokenSource source = new();
        token = source.Token;
        int taken = 0;
        return new Immediate<TrainingEvent>(happened =>
        {
            if (happened is TrainingEvent.StepTaken && ++taken == steps)
            {
                source.Cancel();
            }
        });
    }
}
