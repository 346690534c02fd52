using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>A last batch of one sample joins the one before it, so that no batch norm sees a single value.</summary>
public sealed class LastBatchTests
{
    [Theory]
    [InlineData(9, 4, 2, new[] { 4, 5 })]
    [InlineData(8, 4, 2, new[] { 4, 4 })]
    [InlineData(10, 4, 2, new[] { 4, 4, 2 })]
    [InlineData(9, 4, 1, new[] { 4, 4, 1 })]
    [InlineData(1, 4, 2, new[] { 1 })]
    [InlineData(5, 4, 2, new[] { 5 })]
    public void A_last_batch_that_is_too_small_joins_the_one_before(int samples, int batchSize, int smallest, int[] expected)
    {
        using Dataset set = new NumberedDataset(samples);
        BatchLoader loader = new(
            set, new StubPreprocessor(), new LoaderOptions { BatchSize = batchSize, SmallestBatch = smallest, Shuffle = true, Seed = 1 });
        Assert.Equal(expected.Length, loader.BatchCount);
        Check(loader, expected, samples);
    }

    [Theory]
    [InlineData(9, 4, new[] { 4, 5 })]
    [InlineData(17, 4, new[] { 4, 4, 4, 5 })]
    [InlineData(11, 4, new[] { 3, 4, 4 })]
    [InlineData(1, 4, new[] { 1 })]
    public void So_do_texts_that_are_sorted_by_length(int samples, int batchSize, int[] expected)
    {
        using TemporaryFolder folder = new();
        TinyText.WriteTokenizer(folder.Path);
        using Dataset set = TinyText.Opinions(samples);
        TextPreprocessor preprocessor = new(TextTokenizer.FromFolder(folder.Path), 32);
        foreach (int together in new[] { 1, 2, 50 })
        {
            BatchLoader loader = new(
                set, preprocessor, new LoaderOptions
                {
                    BatchSize = batchSize,
                    SmallestBatch = 2,
                    Shuffle = true,
                    Seed = 1,
                    BatchesSortedTogether = together,
                }, new Classification(2));
            Assert.Equal(expected.Length, loader.BatchCount);
            Check(loader, expected, samples);
        }
    }

    [Fact]
    public void Training_on_one_sample_more_than_whole_batches_leaves_finite_statistics()
    {
        using Dataset set = SmallSets.Images(5, SmallSets.Colours);
        using ImageModel model = SmallSets.ImageModel("", "", "");
        TrainingHistory history = model.FineTune(
            set, new Sgd(0.01), new FineTuneOptions { Epochs = 2, BatchSize = 4, Preprocessor = new FourByFour() });
        Assert.Equal(2, history.Steps);
        Assert.True(SmallSets.IsFinite(model));
    }

    [Fact]
    public void A_sample_that_is_left_alone_because_others_were_skipped_is_left_out_and_reported()
    {
        using Dataset set = SmallSets.Images(8, SmallSets.Colours);
        int[] first;
        using (
            Batch batch = new BatchLoader(
                set, new FourByFour(), new LoaderOptions { BatchSize = 4, Shuffle = true, Seed = 3 }).Epoch(0).First())
        {
            first = [.. batch.Indices];
        }

        using ImageModel model = SmallSets.ImageModel("", "", "");
        FourByFour preprocessor = new() { Damaged = [.. first[1..].Select(set.NameOf)] };
        FineTuneOptions options = new()
        {
            Epochs = 1,
            BatchSize = 4,
            Seed = 3,
            OnBadSample = BadSampleHandling.Skip,
            Preprocessor = preprocessor,
        };
        TrainingHistory history = model.FineTune(set, new Sgd(0.01), options);

        Assert.True(SmallSets.IsFinite(model));
        Assert.Equal((1L, 4L), (history.Steps, history.Skipped.Count));
        SkippedSample left = Assert.Single(history.Skipped.Samples, sample => sample.Index == first[0]);
        Assert.Equal(set.NameOf(first[0]), left.Name);
        Assert.Contains("batch norms", left.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_batch_of_one_that_was_asked_for_is_refused_before_a_statistic_becomes_NaN()
    {
        using Dataset set = SmallSets.Images(3, SmallSets.Colours);
        using ImageModel model = SmallSets.ImageModel("", "", "");
        FineTuneOptions options = new() { Epochs = 1, BatchSize = 1, Preprocessor = new FourByFour() };
        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() => model.FineTune(set, new Sgd(0.01), options));
        Assert.Contains("BatchSize", exception.Message, StringComparison.Ordinal);
        Assert.True(SmallSets.IsFinite(model));
    }

    [Fact]
    public void A_model_with_a_weight_that_is_no_number_is_neither_saved_nor_asked()
    {
        using TemporaryFolder folder = new();
        using ImageModel model = SmallSets.ImageModel("a", "b", "c");
        using (torch.no_grad())
        {
            model.Module.State().Single(entry => entry.Key == "layer3.2.bn2.running_var").Value.fill_(float.NaN);
        }

        Assert.Contains(
            "layer3.2.bn2.running_var",
            Assert.Throws<InvalidOperationException>(() => model.Save(folder.File("model.tl"))).Message,
            StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("model.tl")));
        Assert.Contains(
            "NaN", Assert.Throws<InvalidOperationException>(() => model.Predict(SmallSets.Image(1, 0))).Message, StringComparison.Ordinal);
    }

    private static void Check(BatchLoader loader, int[] sizes, int samples)
    {
        List<int> found = [], seen = [];
        int number = 0;
        foreach (Batch batch in loader.Epoch(0))
        {
            using (batch)
            {
                Assert.Equal(number++, batch.Number);
                found.Add(batch.Count);
                seen.AddRange(batch.Indices);
            }
        }

        Assert.Equal(sizes.Order(), found.Order());
        Assert.Equal(Enumerable.Range(0, samples), seen.Order());
    }

    /// <summary>Takes a corner of an image, of which the last maps of a ResNet-20 are 1 x 1.</summary>
    private sealed class FourByFour : StackedPreprocessor
    {
        public IReadOnlyList<string> Damaged { get; init; } = [];

        public override IReadOnlyList<long> Shape => [3, 4, 4];

        public override bool IsDeterministic => true;

        public override string Fingerprint => "four by four";

        public override Target Apply(Sample sample, ref SeededRandom random, Span<float> destination)
        {
            if (Damaged.Contains(sample.Name))
            {
                throw new InvalidDataException($"'{sample.Name}' is damaged.");
            }

            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = ((RawImage)sample.Input).Rgb.Span[i] / 255f;
            }

            return sample.Target;
        }

        public override ModelInput ToInput(torch.Tensor values) => new ImageInput(values);
    }
}
