namespace TransferLearning.Tests;

public sealed class SamplerTests
{
    private static readonly Sgd Rule = new(0.05, momentum: 0.9);

    private static readonly FineTuneOptions Options = new() { Epochs = 3, BatchSize = 4, Seed = 3, Workers = 0 };

    // 12 blue, 4 green and 1 red image.
    private static Dataset Rare => SmallSets.Images(36, SmallSets.Colours).Subset(
        [.. Enumerable.Range(0, 12).Select(i => 3 * i), 1, 4, 7, 10, 2]);

    public static TheoryData<Sampler> All => [
        new WeightedSampler(ClassWeighting.Inverse), new ClassBalancedSampler(), new RepeatFactorSampler(0.5),
        new WeightedSampler(ClassWeighting.EffectiveNumber(0.99)) { EpochLength = 10 }];

    [Fact]
    public void Classes_come_equally_often_and_none_twice_before_all_others()
    {
        SampleOrder order = new ClassBalancedSampler { EpochLength = 31 }.Over(Rare.Count, Rare.TargetOf);
        for (int epoch = 0; epoch < 5; epoch++)
        {
            int[] samples = order.Of(1, epoch);
            Dictionary<int, int> byClass = samples.CountBy(Rare.LabelOf).ToDictionary();
            Assert.Equal([10, 10, 11], byClass.Values.Order());
            Assert.All(samples.Where(sample => Rare.LabelOf(sample) == 0).CountBy(sample => sample), one => Assert.Equal(1, one.Value));
            Assert.All(
                samples.Where(sample => Rare.LabelOf(sample) == 1).CountBy(sample => sample), one => Assert.InRange(one.Value, 2, 3));
        }

        Assert.NotEqual(order.Of(1, 0), order.Of(1, 1));
        Assert.NotEqual(order.Of(1, 0), order.Of(2, 0));
        Assert.Equal(order.Of(1, 0), order.Of(1, 0));
    }

    [Fact]
    public void Weighted_draws_have_the_shares_that_were_asked_for()
    {
        SampleOrder order = new WeightedSampler(ClassWeighting.Inverse) { EpochLength = 30000 }.Over(Rare.Count, Rare.TargetOf);
        Assert.All(order.Of(1, 0).CountBy(Rare.LabelOf), one => Assert.InRange(one.Value, 9700, 10300));
        SampleOrder plain = new WeightedSampler(ClassWeighting.Uniform).Over(Rare.Count, Rare.TargetOf);
        Assert.Equal(Rare.Count, plain.Count);
    }

    [Fact]
    public void Repeated_samples_come_at_least_once_as_often_as_their_rarest_class_and_epochs_have_one_length()
    {
        SampleOrder order = new RepeatFactorSampler(0.9).Over(Rare.Count, Rare.TargetOf);
        double red = Math.Sqrt(0.9 * 17), green = Math.Sqrt(0.9 * 17 / 4), blue = Math.Sqrt(0.9 * 17 / 12);
        Assert.Equal((int)Math.Round(red + (4 * green) + (12 * blue)), order.Count);
        double mean = Enumerable.Range(0, 400).Average(epoch => order.Of(1, epoch).Count(sample => Rare.LabelOf(sample) == 2));
        Assert.Equal(red, mean, 0.2);
        Assert.Equal(order.Count, order.Of(1, 7).Length);
    }

    [Fact]
    public void A_sample_that_comes_again_in_an_epoch_is_augmented_anew()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        LoaderOptions options = new()
        {
            BatchSize = 6,
            Shuffle = true,
            Workers = 2,
            Sampler = new ClassBalancedSampler { EpochLength = 18 },
        };
        BatchLoader loader = new(Rare, ImagePipeline.ForTraining(model.Preprocess), options);
        Assert.Equal(18, loader.SampleCount);
        List<(int Index, float[] Pixels)> red = [];
        foreach (Batch batch in loader.Epoch(0))
        {
            using (batch)
            {
                foreach ((int row, int index) in batch.Indices.Index().Where(one => Rare.LabelOf(one.Item) == 2))
                {
                    red.Add((index, [.. ((ImageInput)batch.Input).Values[row].contiguous().data<float>()]));
                }
            }
        }

        Assert.Equal(6, red.Count);
        Assert.Single(red.Select(one => one.Index).Distinct());
        Assert.True(red.Select(one => string.Join(',', one.Pixels)).Distinct().Count() > 4);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void A_run_resumes_bit_for_bit_whatever_the_sampler(Sampler sampler)
    {
        FineTuneOptions options = Options with { Sampler = sampler };
        float[] whole = Trained(options, null, false, out TrainingHistory full);
        using TemporaryFolder folder = new();
        Trained(options, folder.Path, true, out TrainingHistory first);
        Assert.Equal(StopReason.Cancelled, first.StopReason);
        Assert.Equal(whole, Trained(options, folder.Path, false, out TrainingHistory rest));
        Assert.Equal(full.Steps, rest.Steps);
        using ImageModel other = SmallSets.ImageModel(SmallSets.Colours);
        Assert.Contains(
            "Sampler",
            Assert.ThrowsAny<Exception>(() => other.FineTune(Rare, Rule, Options, folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Features_that_were_computed_once_come_in_the_same_order(Sampler sampler)
    {
        LoaderOptions options = new() { BatchSize = 4, Shuffle = true, Seed = 9, Workers = 0, Sampler = sampler };
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours).FreezeBackbone();
        BatchLoader loader = new(Rare, model.Preprocessor, options);
        using TorchSharp.torch.Tensor features = TorchSharp.torch.rand(Rare.Count, 3);
        FeatureBatches rows = new(FeatureRows.Of(features), Rare, new Classification(SmallSets.Colours), options);
        Assert.Equal(loader.SampleCount, rows.SampleCount);
        Assert.Equal(loader.BatchCount, rows.BatchCount);
        Assert.Equal(Order(loader), Order(rows));

        WatchedDataset watched = new(Rare);
        model.FineTune(watched, Rule, Options with { Sampler = sampler });
        Assert.Equal(Rare.Count, watched.Reads);
    }

    [Fact]
    public void Processes_divide_the_batches_of_one_order()
    {
        LoaderOptions options = new() { BatchSize = 3, Shuffle = true, Workers = 0, Sampler = new WeightedSampler(ClassWeighting.Inverse) };
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        (int Number, string Samples)[] alone = Order(new BatchLoader(Rare, model.Preprocessor, options));
        (int Number, string Samples)[] shared =
        [
            .. Enumerable.Range(0, 2).SelectMany(
                rank => Order(new BatchLoader(Rare, model.Preprocessor, options with { Shard = new RankShard(rank, 2) }))),
        ];
        Assert.Equal(alone, shared.OrderBy(batch => batch.Number));
    }

    [Fact]
    public void Texts_are_sampled_too_and_what_has_no_class_is_refused()
    {
        using TemporaryFolder folder = new();
        using TextModel text = TinyText.Model(folder.Path).For(new Classification(["a", "b"]));
        Dataset texts = new InMemoryDataset(
            [.. Enumerable.Range(0, 9).Select(i => new Sample($"{i}", i == 0 ? 1 : 0, new TextContent("good film")))], ["a", "b"]);
        TrainingHistory history = text.FineTune(
            texts, Rule, Options with { Epochs = 1, BatchSize = 2, Sampler = new ClassBalancedSampler() });
        Assert.Equal(5, history.Steps);

        Assert.Contains(
            "RepeatFactorSampler",
            Assert.Throws<ArgumentException>(() => new ClassBalancedSampler().Over(2, _ => new LabelsTarget([0, 1]))).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new WeightedSampler(ClassWeighting.Inverse).Over(2, _ => new NumberTarget(1)));
        Assert.Throws<ArgumentException>(
            () => new BatchLoader(texts, text.Preprocessor, new LoaderOptions { Sampler = new ClassBalancedSampler() }));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RepeatFactorSampler(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new ClassBalancedSampler { EpochLength = 0 });
    }

    private static (int Number, string Samples)[] Order(IBatchSource source)
    {
        List<(int, string)> order = [];
        for (int epoch = 0; epoch < 2; epoch++)
        {
            foreach (Batch batch in source.Epoch(epoch))
            {
                using (batch)
                {
                    order.Add(((1000 * epoch) + batch.Number, string.Join(',', batch.Indices)));
                }
            }
        }

        return [.. order];
    }

    private static float[] Trained(FineTuneOptions options, string? folder, bool stops, out TrainingHistory history)
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        using CancellationTokenSource source = new();
        int steps = 0;
        Immediate<TrainingEvent> stop = new(happened =>
        {
            if (happened is TrainingEvent.StepTaken && ++steps == 4 && stops)
            {
                source.Cancel();
            }
        });
        history = model.FineTune(Rare, Rule, options with { Observers = [stop] }, folder, cancellationToken: source.Token);
        return [.. model.Module.parameters().SelectMany(parameter => parameter.detach().contiguous().data<float>().ToArray())];
    }
}
