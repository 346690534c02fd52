using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class FixMatchTests
{
    private static readonly Sgd Rule = new(0.05, momentum: 0.9);

    private static readonly FineTuneOptions Options = new() { Epochs = 2, BatchSize = 3, Seed = 3, Workers = 2 };

    private static Dataset Labelled => SmallSets.Images(9, SmallSets.Colours);

    private static Dataset Unlabelled => SmallSets.Images(40, SmallSets.Colours).Skip(9);

    [Fact]
    public void Nothing_is_learned_of_images_that_the_network_is_not_sure_of()
    {
        // The running statistics of batch norms see the images all the same.
        Assert.Equal(Losses(null), Losses(new FixMatch(Unlabelled) { Threshold = 1, Ratio = 2 }));
        Assert.NotEqual(Losses(null), Losses(new FixMatch(Unlabelled) { Threshold = 0, Ratio = 2 }));
    }

    [Fact]
    public void The_loss_grows_by_the_weight_times_that_of_sure_images()
    {
        double plain = Losses(null)[0];
        double one = Losses(new FixMatch(Unlabelled) { Threshold = 0, Ratio = 2 })[0] - plain;
        double three = Losses(new FixMatch(Unlabelled) { Threshold = 0, Ratio = 2, Weight = 3 })[0] - plain;
        Assert.True(one > 0);
        Assert.Equal(3 * one, three, 1e-4);
    }

    [Fact]
    public void A_run_resumes_bit_for_bit()
    {
        FineTuneOptions options = Options with { Methods = [new FixMatch(Unlabelled) { Threshold = 0.3, Ratio = 2 }] };
        float[] whole = Trained(options, null, false, out _);
        using TemporaryFolder folder = new();
        Trained(options, folder.Path, true, out StopReason reason);
        Assert.Equal(StopReason.Cancelled, reason);
        Assert.Equal(whole, Trained(options, folder.Path, false, out reason));
        Assert.Equal(StopReason.Completed, reason);
        using ImageModel other = SmallSets.ImageModel(SmallSets.Colours);
        Assert.Contains(
            "FixMatch",
            Assert.ThrowsAny<Exception>(() => other.FineTune(
                Labelled, Rule, options with { Methods = [new FixMatch(Unlabelled) { Threshold = 0.4, Ratio = 2 }] }, folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Images_without_labels_follow_one_another_in_passes()
    {
        WatchedDataset watched = new(Unlabelled);
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        model.FineTune(Labelled, Rule, Options with { Workers = 0, Methods = [new FixMatch(watched) { Ratio = 4 }] });
        Assert.Equal(2 * 3 * 12, watched.Reads); // two epochs of three batches
    }

    [Fact]
    public void Other_tasks_and_other_inputs_are_refused()
    {
        FineTuneOptions options = Options with { Methods = [new FixMatch(Unlabelled)] };
        using ImageModel labels = TransferModel.Create("resnet20", 3, seed: 4).For(new MultiLabelClassification(SmallSets.Colours));
        Assert.Contains(
            "one class for each image", Assert.Throws<ArgumentException>(() => labels.FineTune(Labelled, Rule, options)).Message,
            StringComparison.Ordinal);
        using TemporaryFolder folder = new();
        using TextModel text = TinyText.Model(folder.Path).For(new Classification(["a", "b"]));
        Dataset texts = new InMemoryDataset(
            [.. Enumerable.Range(0, 4).Select(i => new Sample($"{i}", i % 2, new TextContent("good")))], ["a", "b"]);
        Assert.Contains(
            "needs images", Assert.Throws<ArgumentException>(() => text.FineTune(texts, Rule, options)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new FixMatch(Unlabelled.Take(0)));
    }

    // Of the first epoch, at a rate of 0: what is learned does not change what comes.
    private static double[] Losses(FixMatch? method)
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        List<double> losses = [];
        Immediate<TrainingEvent> watch = new(happened =>
        {
            if (happened is TrainingEvent.StepTaken { Loss: { } loss })
            {
                losses.Add(loss);
            }
        });
        model.FineTune(
            Labelled, new Sgd(0), Options with { Epochs = 1, Observers = [watch], Methods = method is null ? [] : [method] });
        return [.. losses];
    }

    private static float[] Trained(FineTuneOptions options, string? folder, bool stops, out StopReason reason)
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        using CancellationTokenSource source = new();
        int steps = 0;
        Immediate<TrainingEvent> stop = new(happened =>
        {
            if (happened is TrainingEvent.StepTaken && ++steps == 2 && stops)
            {
                source.Cancel();
            }
        });
        reason = model.FineTune(Labelled, Rule, options with { Observers = [stop] }, folder, cancellationToken: source.Token).StopReason;
        return [.. ModuleState.Of(model.Module).SelectMany(entry => entry.Value.to(float32).contiguous().data<float>().ToArray())];
    }
}
