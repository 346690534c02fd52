using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class AdaptBatchNormsTests
{
    private static readonly BatchNormOptions Options = new() { BatchSize = 18, Workers = 0 };

    [Fact]
    public void Statistics_are_the_mean_over_batches_whatever_their_sizes_and_come_at_the_end()
    {
        using DisposeScope scope = NewDisposeScope();
        using BatchNorm2d norm = Norm();
        Tensor first = arange(24, ScalarType.Float32).view([4, 2, 3, 1]), second = first.narrow(0, 0, 2).square();
        using BatchNormStatistics statistics = new(norm);
        norm.eval();
        using (statistics.Watch())
        {
            Tensor output = norm.call(first);
            Assert.Equal(0, output.mean().item<float>(), 1e-5);
            norm.call(second);
        }

        Assert.Equal([5f, 5f], norm.RunningMean.data<float>().ToArray());
        statistics.Apply(1);
        Equal(Mean(first).add(Mean(second)).div(2), norm.RunningMean);
        Equal(Variance(first).add(Variance(second)).div(2), norm.RunningVariance);
    }

    [Fact]
    public void A_share_of_the_statistics_is_mixed_with_what_was_there()
    {
        using DisposeScope scope = NewDisposeScope();
        using BatchNorm2d norm = Norm();
        using BatchNormStatistics statistics = new(norm);
        Tensor input = arange(24, ScalarType.Float32).view([4, 2, 3, 1]);
        using (statistics.Watch())
        {
            norm.call(input);
        }

        statistics.Apply(0.25);
        Equal(Mean(input).mul(0.25).add(0.75 * 5), norm.RunningMean);
    }

    [Fact]
    public void The_accuracy_on_other_images_rises_and_only_running_statistics_change()
    {
        using ImageModel model = ShiftedColours.Model();
        Dictionary<string, float[]> before = Parameters(model);
        double accuracy = model.Evaluate(ShiftedColours.Target).Accuracy!.Value;
        ImageModel same = model.AdaptBatchNorms(ShiftedColours.Target, Options);

        Assert.Same(model, same);
        double adapted = model.Evaluate(ShiftedColours.Target).Accuracy!.Value;
        Assert.True(adapted > accuracy + 0.2, $"{accuracy} and {adapted}");
        Assert.Equal(before, Parameters(model));
    }

    [Fact]
    public void The_result_does_not_depend_on_threads_and_is_saved_with_the_model()
    {
        using TemporaryFolder folder = new();
        Dataset few = ShiftedColours.Target.Take(6);
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours).AdaptBatchNorms(few, Options);
        using ImageModel threads = SmallSets.ImageModel(SmallSets.Colours).AdaptBatchNorms(few, Options with { Workers = 3 });
        model.Save(folder.File("adapted.tl"));
        using ImageModel loaded = ImageModel.Load(folder.File("adapted.tl"));

        Assert.Equal(ShiftedColours.Weights(model), ShiftedColours.Weights(threads));
        Assert.Equal(ShiftedColours.Weights(model), ShiftedColours.Weights(loaded));
    }

    [Fact]
    public void A_call_that_is_cancelled_or_has_nothing_to_read_leaves_the_model_as_it_was()
    {
        using ImageModel model = ShiftedColours.Model();
        float[] before = ShiftedColours.Weights(model);
        using CancellationTokenSource source = new();
        Immediate<int> cancel = new(_ => source.Cancel());

        Assert.ThrowsAny<OperationCanceledException>(
            () => model.AdaptBatchNorms(ShiftedColours.Target, Options, cancel, source.Token));
        Assert.Throws<ArgumentException>(() => model.AdaptBatchNorms(ShiftedColours.Target.Take(0), Options));
        Assert.Equal(before, ShiftedColours.Weights(model));
    }

    [Fact]
    public void A_network_without_batch_norms_and_a_share_above_one_are_refused()
    {
        using TemporaryFolder folder = new();
        using TextModel texts = TinyText.Model(folder.Path, new Classification(["bad", "good"]));

        Assert.Contains(
            "no batch norms",
            Assert.Throws<InvalidOperationException>(() => texts.AdaptBatchNorms(TinyText.Opinions())).Message,
            StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchNormOptions { Share = 1.1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchNormOptions { BatchSize = 0 });
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using ImageModel model = ShiftedColours.Model().AdaptBatchNorms(ShiftedColours.Target, Options);
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        model.AdaptBatchNorms(ShiftedColours.Target, Options);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    private static BatchNorm2d Norm()
    {
        using IDisposable guard = no_grad();
        BatchNorm2d norm = new(2);
        norm.Weight.fill_(1);
        norm.Bias.fill_(0);
        norm.RunningMean.fill_(5);
        norm.RunningVariance.fill_(7);
        return norm;
    }

    private static Tensor Mean(Tensor input) => input.mean([0, 2, 3]);

    private static Tensor Variance(Tensor input) => input.transpose(0, 1).reshape(2, -1).var([1]);

    private static void Equal(Tensor expected, Tensor actual)
        => Assert.Equal(
            expected.data<float>().ToArray(), actual.data<float>().ToArray(), (a, b) => Math.Abs(a - b) <= 1e-5 * Math.Max(1, Math.Abs(a)));

    private static Dictionary<string, float[]> Parameters(ImageModel model)
        => model.Module.named_parameters().ToDictionary(entry => entry.name, entry => entry.parameter.data<float>().ToArray());
}
