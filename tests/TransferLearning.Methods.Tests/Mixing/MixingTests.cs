using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class MixingTests
{
    private static readonly Sgd Rule = new(0.05, momentum: 0.9);

    private static readonly FineTuneOptions Options = new() { Epochs = 2, BatchSize = 6, Seed = 3, Workers = 0 };

    private static Dataset Samples => SmallSets.Images(18, SmallSets.Colours);

    [Fact]
    public void Batches_are_mixed_with_their_truth_by_draws_of_seed_epoch_and_batch()
    {
        List<(float[] Pixels, float[] Truth)> first = Seen(new Mixing()), again = Seen(new Mixing()), plain = Seen();

        Assert.Equal(first.Select(batch => batch.Pixels), again.Select(batch => batch.Pixels));
        Assert.All(first.Zip(plain), pair => Assert.NotEqual(pair.First.Pixels, pair.Second.Pixels));
        // A share of its own for each batch.
        Assert.Equal(6, first.Select(batch => batch.Truth.Where(part => part > 0).Min()).Distinct().Count());
        Assert.All(first, batch => Assert.Equal(6, batch.Truth.Sum(), 1e-5f));
        Assert.All(first, batch => Assert.Equal(18, batch.Truth.Length));
    }

    [Fact]
    public void A_batch_that_is_not_mixed_stays_as_it_is()
    {
        Assert.Equal(Seen(), Seen(new Mixing { Probability = 0 }), (one, other) => one.Pixels.SequenceEqual(other.Pixels));
        Assert.All(Seen(new Mixing { Probability = 0 }), batch => Assert.Equal(6, batch.Truth.Length)); // class numbers
    }

    [Fact]
    public void CutMix_copies_pixels_and_mixup_means_them()
    {
        HashSet<float> levels = [.. Seen().SelectMany(batch => batch.Pixels)];
        Assert.All(Seen(Mixing.CutMix()), batch => Assert.All(batch.Pixels, pixel => Assert.Contains(pixel, levels)));
        Assert.Contains(Seen(Mixing.Mixup(1)), batch => batch.Pixels.Any(pixel => !levels.Contains(pixel)));
    }

    [Fact]
    public void Shares_have_the_mean_and_the_spread_of_the_beta_distribution()
    {
        foreach (double alpha in new[] { 0.2, 1, 4 })
        {
            SeededRandom random = new(5);
            double[] shares = new double[20000];
            for (int i = 0; i < shares.Length; i++)
            {
                shares[i] = random.NextBeta(alpha);
            }

            Assert.All(shares, share => Assert.InRange(share, 0, 1));
            Assert.Equal(0.5, shares.Average(), 0.01);
            Assert.Equal(1 / (4 * ((2 * alpha) + 1)), shares.Average(share => (share - 0.5) * (share - 0.5)), 0.004);
        }

        SeededRandom tiny = new(6);
        Assert.Contains(tiny.NextBeta(1e-4), new[] { 0.0, 1.0 }); // no NaN of two zeros
    }

    [Fact]
    public void A_mixed_run_resumes_bit_for_bit_and_leaves_no_tensor_behind()
    {
        FineTuneOptions options = Options with { Methods = [new Mixing()] };
        float[] whole = Trained(options, null, out _);
        using TemporaryFolder folder = new();
        Trained(options, folder.Path, out bool isDone, stopAfter: 2);
        Assert.False(isDone);
        Assert.Equal(whole, Trained(options, folder.Path, out isDone));
        Assert.True(isDone);
    }

    [Fact]
    public void Features_are_mixed_where_inputs_cannot_be_and_where_a_frozen_backbone_ran_once()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours).FreezeBackbone();
        WatchedDataset samples = new(Samples);
        TrainingHistory mixed = model.FineTune(samples, Rule, Options with { Methods = [Mixing.OfFeatures(1)] });
        Assert.Equal(18, samples.Reads);

        using ImageModel other = SmallSets.ImageModel(SmallSets.Colours).FreezeBackbone();
        TrainingHistory plain = other.FineTune(Samples, Rule, Options);
        Assert.NotEqual(plain.Epochs[0].Loss, mixed.Epochs[0].Loss);

        using ImageModel refused = SmallSets.ImageModel(SmallSets.Colours);
        Assert.Contains(
            "have no boxes",
            Assert.Throws<ArgumentException>(() => refused.FineTune(
                Samples, Rule, Options with { Methods = [Mixing.OfFeatures() with { CutMixAlpha = 1 }] })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Mixed_features_equal_the_mixture_of_what_entered_the_head()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours).FreezeBackbone();
        List<float[]> plain = [], mixed = [];
        FineTuneOptions one = Options with { Epochs = 1, BatchSize = 18 };
        model.FineTune(Samples, new Sgd(0), one with { Methods = [new FeatureWatch(plain)] });
        model.FineTune(Samples, new Sgd(0), one with { Methods = [new FeatureWatch(mixed), Mixing.OfFeatures(1)] });

        float[] before = plain.Single(), after = mixed.Single();
        Assert.NotEqual(before, after);
        Assert.Equal(before.Sum(), after.Sum(), 0.05f); // means of all pairs have the sum of all
    }

    [Fact]
    public void Labels_and_numbers_are_mixed_too_and_what_cannot_be_is_refused()
    {
        using ImageModel labels = TransferModel.Create("resnet20", 3, seed: 4).For(new MultiLabelClassification(SmallSets.Colours));
        Assert.True(double.IsFinite(labels.FineTune(Samples, Rule, Options with { Methods = [new Mixing()] }).Epochs[^1].Loss));
        using TemporaryFolder folder = new();
        using TextModel text = TinyText.Model(folder.Path).For(new Classification(["a", "b"]));
        Dataset texts = new InMemoryDataset(
            [.. Enumerable.Range(0, 8).Select(i => new Sample($"{i}", i % 2, new TextContent(i % 2 == 0 ? "good" : "bad")))], ["a", "b"]);
        Assert.Contains(
            "Mixing.OfFeatures()",
            Assert.Throws<ArgumentException>(() => text.FineTune(texts, Rule, Options with { Methods = [new Mixing()] })).Message,
            StringComparison.Ordinal);
        Assert.True(double.IsFinite(text.FineTune(texts, Rule, Options with { Methods = [Mixing.OfFeatures()] }).Epochs[^1].Loss));
    }

    [Fact]
    public void Steps_that_follow_the_crop_are_one_option_of_training()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        TrainingHistory plain = model.FineTune(Samples, new Sgd(0), Options);
        TrainingHistory augmented = model.FineTune(
            Samples,
            new Sgd(0),
            Options with
            {
                Augmentation = [new AutoAugment(AutoAugmentPolicy.Cifar10), new AugMix(), new RandomErasing(1, noise: true)],
            });
        Assert.NotEqual(plain.Epochs[0].Loss, augmented.Epochs[0].Loss);

        Assert.Contains(
            "Preprocessor takes its place",
            Assert.Throws<ArgumentException>(() => model.FineTune(
                Samples,
                Rule,
                Options with { Augmentation = [new RandAugment()], Preprocessor = ImagePipeline.ForTraining(model.Preprocess) })).Message,
            StringComparison.Ordinal);
        using TemporaryFolder folder = new();
        using TextModel text = TinyText.Model(folder.Path).For(new Classification(["a", "b"]));
        Assert.Contains(
            "is for images",
            Assert.Throws<ArgumentException>(() => text.FineTune(
                Samples, Rule, Options with { Augmentation = [new RandAugment()] })).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Noise_must_come_last_and_has_no_colour()
    {
        ImagePreprocess small = SmallSets.ImageModel(SmallSets.Colours).Preprocess;
        Assert.Throws<ArgumentException>(
            () => ImagePipeline.ForTraining(small).Then(new RandomErasing(noise: true), new RandAugment()));
        Assert.Throws<ArgumentException>(() => new RandomErasing(fill: default(PixelColor), noise: true));
        using ImagePixels image = new(8, 8);
        SeededRandom random = new(1);
        Assert.Throws<InvalidOperationException>(() => new RandomErasing(1, noise: true).Apply(image, ref random));
    }

    [Fact]
    public void AugMix_without_strength_leaves_flat_images_as_they_are()
    {
        using ImagePixels image = new(20, 10);
        image.Bytes.Fill(200);
        SeededRandom random = new(1);
        ImagePixels mixed = new AugMix(severity: 1, allOperations: true).Apply(image, ref random);
        Assert.All(mixed.Bytes.ToArray(), level => Assert.InRange(level, 100, 255));
    }

    private static List<(float[] Pixels, float[] Truth)> Seen(params TrainingMethod[] methods)
    {
        List<(float[], float[])> seen = [];
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        model.FineTune(Samples, Rule, Options with { Methods = [.. methods, new InputWatch(seen)] });
        return seen;
    }

    private static float[] Trained(FineTuneOptions options, string? folder, out bool isDone, int stopAfter = int.MaxValue)
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        using CancellationTokenSource source = new();
        int steps = 0;
        Immediate<TrainingEvent> stop = new(happened =>
        {
            if (happened is TrainingEvent.StepTaken && ++steps == stopAfter)
            {
                source.Cancel();
            }
        });
        TrainingHistory history = model.FineTune(
            Samples, Rule, options with { Observers = [stop] }, folder, cancellationToken: source.Token);
        isDone = history.StopReason == StopReason.Completed;
        return [.. model.Module.parameters().SelectMany(parameter => parameter.detach().contiguous().data<float>().ToArray())];
    }

    private sealed record InputWatch(List<(float[] Pixels, float[] Truth)> Seen) : TrainingMethod
    {
        public override string Identity => nameof(InputWatch);

        public override TrainingMethodState Begin(TrainingMethodContext context) => new State(Seen);

        private sealed class State(List<(float[] Pixels, float[] Truth)> seen) : TrainingMethodState
        {
            public override StepLoss Compute(MethodStep step, Func<Batch, StepLoss> next)
            {
                seen.Add((
                    [.. ((ImageInput)step.Batch.Input).Values.data<float>()],
                    [.. step.Batch.Targets.to(float32).contiguous().data<float>()]));
                return next(step.Batch);
            }
        }
    }

    private sealed record FeatureWatch(List<float[]> Seen) : TrainingMethod
    {
        public override TrainingMethodState Begin(TrainingMethodContext context) => new State(Seen);

        private sealed class State(List<float[]> seen) : TrainingMethodState
        {
            public override StepLoss Compute(MethodStep step, Func<Batch, StepLoss> next)
            {
                StepLoss loss = next(step.Batch);
                seen.Add([.. step.Features!.detach().contiguous().data<float>()]);
                return loss;
            }
        }
    }
}
