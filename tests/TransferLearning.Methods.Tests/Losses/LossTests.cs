using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>What losses do beyond the goldens: certain outputs, soft targets, refusals, tensors left behind.</summary>
public sealed class LossTests
{
    public static TheoryData<ElementwiseLoss> OfClasses => [
        new CrossEntropyLoss(0.1), new FocalLoss(0.5), new FocalLoss(2, [1, 2, 3]), CrossEntropyLoss.ClassBalanced([5, 0, 1])];

    public static TheoryData<ElementwiseLoss> OfLabels => [
        new BinaryCrossEntropyLoss([2, 1, 3], [1, 0, 2]), new SigmoidFocalLoss(0.5), new SigmoidFocalLoss(2, null),
        new AsymmetricLoss(0.5, 0.5), new AsymmetricLoss(0.5, 0, 0.05, detachesFocus: false)];

    [Theory]
    [MemberData(nameof(OfClasses))]
    public void Certain_outputs_have_finite_losses_and_gradients(ElementwiseLoss loss)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor outputs = tensor(new float[] { 1000, -1000, 0, -1000, 1000, 0, 0, 0, 0 }, [3, 3]).requires_grad_(true);
        AllFinite(loss, outputs, tensor(new long[] { 0, 0, 2 }));
    }

    [Theory]
    [MemberData(nameof(OfLabels))]
    public void Certain_labels_have_finite_losses_and_gradients(ElementwiseLoss loss)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor outputs = tensor(new float[] { 1000, -1000, 0, -1000, 1000, 0 }, [2, 3]).requires_grad_(true);
        AllFinite(loss, outputs, tensor(new float[] { 1, 0, 1, 1, 0, 0 }, [2, 3]));
    }

    [Theory]
    [MemberData(nameof(OfClasses))]
    public void One_hot_probabilities_give_what_class_numbers_give(ElementwiseLoss loss)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor outputs = tensor(new double[] { 1, -2, 0.5, 3, 0.1, -1 }, [2, 3]);
        Tensor numbers = tensor(new long[] { 2, 0 });
        Tensor each = loss.ComputeEach(outputs, numbers);
        Tensor soft = loss.ComputeEach(outputs, nn.functional.one_hot(numbers, 3).to(float64));
        Assert.True(each.allclose(soft, 1e-12, 1e-12));
    }

    [Fact]
    public void A_loss_leaves_no_tensor_behind()
    {
        using Tensor outputs = rand([4, 3]), numbers = zeros([4], int64), labels = rand([4, 3]), maps = rand([2, 3, 4, 5]);
        using Tensor pixels = zeros([2, 4, 5], int64);
        (ElementwiseLoss Loss, Tensor Outputs, Tensor Targets)[] all =
        [
            .. OfClasses.Select(row => (row.Data, outputs, numbers)), .. OfLabels.Select(row => (row.Data, outputs, labels)),
            (new HuberLoss(), outputs, labels), (new SmoothL1Loss(0), outputs, labels), (new SmoothL1Loss(), outputs, labels),
            (new SquaredErrorLoss(), outputs, labels), (new DistillationLoss(), outputs, labels), (new DiceLoss(), maps, pixels),
        ];
        using DisposeScope scope = NewDisposeScope();
        foreach ((ElementwiseLoss loss, Tensor given, Tensor truth) in all)
        {
            long before = scope.DisposablesCount;
            using (Tensor value = loss.Compute(given, truth))
            {
                Assert.Equal(0, value.dim());
            }

            Assert.Equal(before, scope.DisposablesCount);
        }
    }

    [Fact]
    public void An_exact_prediction_has_no_gradient_in_the_absolute_error()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor outputs = tensor(new float[] { 1, 2 }, [2, 1]).requires_grad_(true);
        new SmoothL1Loss(0).Compute(outputs, tensor(new float[] { 1, 3 }, [2, 1])).backward();
        Assert.Equal([0f, -0.5f], outputs.grad!.data<float>());
    }

    [Fact]
    public void Weights_add_up_to_the_number_of_classes_and_classes_without_samples_weigh_nothing()
    {
        foreach (ClassWeighting weighting in new[]
        {
            ClassWeighting.Uniform, ClassWeighting.Inverse, ClassWeighting.InverseSquareRoot, ClassWeighting.EffectiveNumber(0.99),
        })
        {
            IReadOnlyList<double> weights = weighting.Of([100, 0, 4]);
            Assert.Equal(3, weights.Sum(), 1e-12);
            Assert.Equal(0, weights[1]);
            Assert.True(weights[2] >= weights[0]);
        }

        Assert.Throws<ArgumentException>(() => ClassWeighting.Inverse.Of([0, 0]));
        Assert.Throws<ArgumentException>(() => ClassWeighting.Inverse.Of([1, -1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => ClassWeighting.EffectiveNumber(1));
    }

    [Fact]
    public void A_loss_that_does_not_fit_the_task_is_refused_when_training_begins()
    {
        Assert.Contains(
            "BinaryCrossEntropyLoss learns from labels that may hold together, and classification from one class",
            Refused(new Classification(3), new BinaryCrossEntropyLoss()), StringComparison.Ordinal);
        Assert.Contains(
            "FocalLoss learns from one class", Refused(new MultiLabelClassification(3), new FocalLoss()), StringComparison.Ordinal);
        Assert.Contains("numbers", Refused(new Classification(3), new HuberLoss()), StringComparison.Ordinal);
        Assert.Contains("a class for each pixel", Refused(new Regression(), new DiceLoss()), StringComparison.Ordinal);
        Assert.Contains("the logits of another network", Refused(new Classification(3), new DistillationLoss()), StringComparison.Ordinal);
        Assert.Contains(
            "has weights for 2 outputs, and the head has 3",
            Refused(new Classification(3), new FocalLoss(2, [1, 1])), StringComparison.Ordinal);
        Assert.Contains(
            "has weights for 2 outputs, and the head has 3",
            Refused(new MultiLabelClassification(3), new BinaryCrossEntropyLoss([1, 1])), StringComparison.Ordinal);
        (new Classification(3) with { Loss = new FocalLoss(2, [1, 1, 1]) }).CheckLoss();
        (new MultiLabelClassification(3) with { Loss = new AsymmetricLoss() }).CheckLoss();
        (new Regression() with { Loss = new SmoothL1Loss() }).CheckLoss();
    }

    private static string Refused(LearningTask task, LossFunction loss)
        => Assert.Throws<ArgumentException>(() => (task with { Loss = loss }).CheckLoss()).Message;

    private static void AllFinite(ElementwiseLoss loss, Tensor outputs, Tensor targets)
    {
        Tensor value = loss.Compute(outputs, targets);
        value.backward();
        Assert.True(value.isfinite().item<bool>());
        Assert.True(outputs.grad!.isfinite().all().item<bool>());
    }
}
