using TorchSharp;

namespace TransferLearning.Tests;

public sealed class ModelAdvisorTests
{
    private static readonly ModelRankingOptions Quick = new() { TimedSteps = 0, Folds = 3, Features = new FeatureOptions { Workers = 0 } };

    private static string Beside(string file) => Path.Combine(AppContext.BaseDirectory, "Samples", file);

    private static ModelCandidate Random(string name, long seed = 1) => new(name, () => TransferModel.Create("resnet20", 10, seed));

    [Fact]
    public void A_pretrained_network_is_preferred_to_one_of_random_weights()
    {
        using Dataset emoji = ImageFolder.Open(Beside("emoji.zip"), "train");
        ModelRanking ranking = ModelAdvisor.Rank(
            emoji,
            [Random("random"), new ModelCandidate("pretrained", () => Pretrained.ResNet20(Beside("resnet20-cifar10.safetensors")))],
            Quick with { SampleLimit = 150 });
        Assert.Equal(["pretrained", "random"], ranking.Rows.Select(row => row.Name));
        Assert.Equal((150, 281, 5), (ranking.SampleCount, ranking.DatasetCount, ranking.ClassCount));
        Assert.True(ranking.Best.Scores.LogMe > ranking.Rows[1].Scores.LogMe);
        Assert.NotNull(ranking.Best.Scores.Leep); // the head came with the weights
        Assert.Null(ranking.Rows[1].Scores.Leep);
        Assert.Equal(4, ranking.Curve!.Points.Count);
    }

    [Fact]
    public void Classes_that_colours_show_are_recognised_by_every_classifier()
    {
        ModelRanking ranking = ModelAdvisor.Rank(SmallSets.Images(36, SmallSets.Colours), [Random("resnet20")], Quick);
        RankedModel row = ranking.Best;
        Assert.Equal((36, 64, 0, "resnet20"), (row.Count, row.Width, row.Skipped, row.Architecture));
        Assert.All([row.ProbeAccuracy, row.ProbeTrainingAccuracy, row.RidgeAccuracy], accuracy => Assert.InRange(accuracy, 0.9, 1));
        Assert.All([row.NeighborsAccuracy, row.ClassMeanAccuracy], accuracy => Assert.InRange(accuracy, 0.6, 1));
        Assert.False(ranking.RecommendsFineTuning);
        Assert.Null(ranking.FineTuneSeconds(row, 10));
        Assert.Equal(row.FeatureSecondsPerSample is null, ranking.ProbeSeconds(row) is null);
        string text = ranking.ToString();
        Assert.Contains("resnet20", text, StringComparison.Ordinal);
        Assert.Contains("Begin with the probe", text, StringComparison.Ordinal);
        Assert.Contains("extrapolated", text, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_seed_gives_the_same_ranking()
    {
        Dataset images = SmallSets.Images(36, SmallSets.Colours);
        ModelRankingOptions options = Quick with { SampleLimit = 24, Seed = 5 };
        RankedModel first = ModelAdvisor.Rank(images, [Random("a")], options).Best;
        RankedModel second = ModelAdvisor.Rank(images, [Random("a")], options).Best;
        Assert.Equal(first.Scores, second.Scores);
        Assert.Equal(first.ProbeAccuracy, second.ProbeAccuracy);
        Assert.NotEqual(first.Scores, ModelAdvisor.Rank(images, [Random("a")], options with { Seed = 6 }).Best.Scores);
    }

    [Fact]
    public void Only_as_many_samples_are_read_as_the_limit_says_each_class_evenly()
    {
        WatchedDataset images = new(SmallSets.Images(60, SmallSets.Colours));
        ModelRanking ranking = ModelAdvisor.Rank(images, [Random("a")], Quick with { SampleLimit = 15 });
        Assert.Equal((15, 15), (images.Reads, ranking.Best.Count));
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => ModelAdvisor.Rank(images, [Random("a")], Quick with { SampleLimit = 5 }));
        Assert.Contains("two samples of each", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_candidate_is_disposed_before_the_next_is_made_and_a_given_one_stays_as_it_is()
    {
        List<TransferModel> made = [];
        int alive = 0;
        ModelCandidate Made(string name) => new(name, () =>
        {
            alive = Math.Max(alive, made.Count(IsAlive));
            made.Add(TransferModel.Create("resnet20", 10, seed: 2));
            return made[^1];
        });
        using ImageModel given = SmallSets.ImageModel("one", "two");
        float[] before = Weights(given);
        ModelRanking ranking = ModelAdvisor.Rank(
            SmallSets.Images(24, SmallSets.Colours),
            [Made("a"), new ModelCandidate("given", given), Made("b")],
            Quick with { TimedSteps = 1 });
        Assert.Equal(0, alive);
        Assert.All(made, model => Assert.False(IsAlive(model)));
        Assert.Equal(before, Weights(given));
        Assert.Equal(["one", "two"], given.ClassNames);
        RankedModel row = ranking.Rows.Single(one => one.Name == "given");
        Assert.Null(row.FineTuneSecondsPerSample);
        Assert.Contains("give a factory", row.Note, StringComparison.Ordinal);
        Assert.True(ranking.Rows.Single(one => one.Name == "a").FineTuneSecondsPerSample > 0);
    }

    [Fact]
    public void The_head_that_came_along_is_asked_for_leep()
    {
        using ImageModel given = SmallSets.ImageModel("one", "two");
        Dataset images = SmallSets.Images(24, SmallSets.Colours);
        RankedModel row = ModelAdvisor.Rank(images, [new ModelCandidate("given", given)], Quick).Best;
        using DisposeScope scope = torch.NewDisposeScope();
        double[] likely =
        [
            .. Enumerable.Range(0, images.Count)
                .SelectMany(i => given.Predict(images.Read(i).Input).Scores)
                .Chunk(2)
                .SelectMany(scores => scores.OrderBy(score => score.Name, StringComparer.Ordinal))
                .Select(score => score.Probability),
        ];
        torch.Tensor labels = torch.tensor([.. Enumerable.Range(0, images.Count).Select(i => (long)images.LabelOf(i))]);
        Assert.Equal(SourceAgreement.Leep(torch.tensor(likely).view(-1, 2), labels), row.Scores.Leep!.Value, 1e-5);
    }

    [Fact]
    public void Validation_data_are_what_accuracies_are_measured_on()
    {
        Dataset images = SmallSets.Images(36, SmallSets.Colours);
        Dataset wrong = Dataset.FromImages(
            [.. Enumerable.Range(0, 12).Select(i => SmallSets.Image(i, i % 3))],
            [.. Enumerable.Range(0, 12).Select(i => (i + 1) % 3)],
            SmallSets.Colours);
        ModelRanking right = ModelAdvisor.Rank(images, [Random("a")], Quick with { Validation = images });
        ModelRanking none = ModelAdvisor.Rank(images, [Random("a")], Quick with { Validation = wrong });
        Assert.True(right.Best.ProbeAccuracy > 0.9);
        Assert.True(none.Best.ProbeAccuracy < 0.1);
        Assert.Contains("No candidate does better than always guessing", none.ToString(), StringComparison.Ordinal);
        Assert.Contains("12 validation samples", none.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_cache_makes_a_second_ranking_free_of_features()
    {
        using FeatureCache cache = new();
        ModelRankingOptions options = Quick with { Features = new FeatureOptions { Cache = cache, Workers = 0 } };
        Dataset images = SmallSets.Images(18, SmallSets.Colours);
        Assert.NotNull(ModelAdvisor.Rank(images, [Random("a")], options).Best.FeatureSecondsPerSample);
        Assert.Null(ModelAdvisor.Rank(images, [Random("a")], options).Best.FeatureSecondsPerSample);
    }

    [Fact]
    public void A_damaged_sample_ends_the_work_or_is_counted_as_the_options_say()
    {
        WatchedDataset images = new(SmallSets.Images(24, SmallSets.Colours), damaged: 7);
        SampleLoadException error = Assert.Throws<SampleLoadException>(() => ModelAdvisor.Rank(images, [Random("a")], Quick));
        Assert.Equal(7, error.SampleIndex);
        ModelRankingOptions skipping = Quick with { Features = Quick.Features with { OnBadSample = BadSampleHandling.Skip } };
        ModelRanking ranking = ModelAdvisor.Rank(images, [Random("a")], skipping);
        Assert.Equal((23, 1), (ranking.Best.Count, ranking.Best.Skipped));
        Assert.Contains("Of 'a' 1 damaged samples were skipped", ranking.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_are_ranked_by_networks_for_texts_and_images_are_refused_by_them()
    {
        using TemporaryFolder folder = new();
        using TextModel model = TinyText.Model(folder.Path);
        Dataset texts = TinyText.Opinions(24);
        Assert.Equal(32, ModelAdvisor.Rank(texts, [new ModelCandidate("bert", model)], Quick).Best.Width);
        ArgumentException error = Assert.Throws<ArgumentException>(() => ModelAdvisor.Rank(texts, [Random("resnet")], Quick));
        Assert.Contains("'resnet' (resnet20)", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(
            () => ModelAdvisor.Rank(SmallSets.Images(12, SmallSets.Colours), [new ModelCandidate("bert", model)], Quick));
    }

    [Fact]
    public void Data_that_cannot_be_ranked_are_refused_with_a_reason()
    {
        void Refused(Dataset data, string reason) => Assert.Contains(
            reason,
            Assert.Throws<ArgumentException>(() => ModelAdvisor.Rank(data, [Random("a")], Quick)).Message,
            StringComparison.Ordinal);
        Dataset images = SmallSets.Images(12, SmallSets.Colours);
        Refused(images.Where(label => label == 1), "All 4 samples");
        Refused(images.Take(2), "fewer samples than classes");
        Refused(images.Take(3), "No class of");
        Refused(
            new InMemoryDataset(
                [.. Enumerable.Range(0, 6).Select(i => new Sample($"{i}", SmallSets.Image(i, 0), new NumberTarget(i)))], ["a", "b"]),
            "NumberTarget");
        Assert.Throws<ArgumentException>(() => ModelAdvisor.Rank(images, [], Quick));
        ArgumentException twice = Assert.Throws<ArgumentException>(
            () => ModelAdvisor.Rank(images, [Random("a"), Random("a")], Quick));
        Assert.Contains("'a'", twice.Message, StringComparison.Ordinal);
        InvalidOperationException broken = Assert.Throws<InvalidOperationException>(
            () => ModelAdvisor.Rank(images, [new ModelCandidate("lost", () => Pretrained.ResNet20("nowhere.pth"))], Quick));
        Assert.Contains("'lost' could not be made", broken.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_without_samples_is_left_out_and_named()
    {
        Dataset images = SmallSets.Images(18, "blue", "green", "purple", "red");
        ModelRanking ranking = ModelAdvisor.Rank(images, [Random("a")], Quick);
        Assert.Equal(["purple"], ranking.EmptyClasses);
        Assert.Equal(3, ranking.ClassCount);
        Assert.Contains("purple", ranking.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_ranking_reports_its_progress_and_can_be_cancelled()
    {
        Dataset images = SmallSets.Images(12, SmallSets.Colours);
        List<ModelRankingProgress> reports = [];
        using CancellationTokenSource source = new();
        Immediate<ModelRankingProgress> progress = new(report =>
        {
            reports.Add(report);
            if (report.Candidate == 2)
            {
                source.Cancel();
            }
        });
        Assert.ThrowsAny<OperationCanceledException>(
            () => ModelAdvisor.Rank(images, [Random("a"), Random("b"), Random("c")], Quick, progress, source.Token));
        Assert.Equal(new ModelRankingProgress(1, 3, "a", 12, 12), reports[0]);
        Assert.Equal(new ModelRankingProgress(2, 3, "b", 12, 12), reports[^1]);
    }

    [Fact]
    public async Task No_tensor_is_left_behind_and_another_thread_may_do_the_work()
    {
        Dataset images = SmallSets.Images(18, SmallSets.Colours);
        ModelAdvisor.Rank(images, [Random("a"), Random("b", seed: 2)], Quick);
        long before = LibTorch.LiveTensorCount;
        ModelRanking here = ModelAdvisor.Rank(images, [Random("a"), Random("b", seed: 2)], Quick);
        Assert.Equal(before, LibTorch.LiveTensorCount);
        ModelRanking there = await ModelAdvisor.RankAsync(images, [Random("a"), Random("b", seed: 2)], Quick);
        Assert.Equal(here.Rows.Select(row => row.Scores), there.Rows.Select(row => row.Scores));
    }

    private static bool IsAlive(TransferModel model)
    {
        try
        {
            model.Use().Dispose();
            return true;
        }
        catch (ObjectDisposedException)
        {
            return false;
        }
    }

    private static float[] Weights(TransferModel model)
        =>
        [
            .. model.Module.State()
                .Where(entry => entry.Value.is_floating_point())
                .SelectMany(entry => entry.Value.data<float>().ToArray()),
        ];
}
