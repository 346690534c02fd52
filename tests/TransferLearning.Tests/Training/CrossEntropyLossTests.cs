using TorchSharp;

namespace TransferLearning.Tests;

public sealed class CrossEntropyLossTests
{
    private static readonly double[,] Logits = { { 1.0, -0.5, 2.0 }, { 0.25, 0.75, -1.0 }, { -2.0, 0.0, 0.5 } };
    private static readonly long[] Labels = [2, 0, 1];

    [Theory]
    [InlineData(0, false)]
    [InlineData(0.1, false)]
    [InlineData(0, true)]
    [InlineData(0.2, true)]
    public void Is_the_weighted_mean_of_smoothed_cross_entropies(double smoothing, bool weighted)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        double[]? weights = weighted ? [0.5, 2, 1] : null;
        torch.Tensor loss = new CrossEntropyLoss(smoothing, weights).Compute(torch.tensor(Logits), torch.tensor(Labels));
        Assert.Equal(Definition(smoothing, weights ?? [1, 1, 1]), loss.item<double>(), 1e-12);
    }

    [Fact]
    public void Takes_class_probabilities()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor logits = torch.tensor(Logits), labels = torch.tensor(Labels);
        CrossEntropyLoss loss = new(0.1);
        torch.Tensor hot = torch.nn.functional.one_hot(labels, 3).to(torch.float64);
        Assert.Equal(loss.Compute(logits, labels).item<double>(), loss.Compute(logits, hot).item<double>(), 1e-12);
    }

    [Fact]
    public void Hands_on_a_gradient_and_leaves_no_tensor_behind()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor logits = torch.tensor(Logits).requires_grad_(), labels = torch.tensor(Labels);
        CrossEntropyLoss loss = new(0.1, [1, 2, 3]);
        loss.Compute(logits, labels).Dispose();
        long before = LibTorch.LiveTensorCount;
        using (torch.Tensor value = loss.Compute(logits, labels))
        {
            Assert.Equal(before + 1, LibTorch.LiveTensorCount);
            value.backward();
        }

        Assert.Equal(before, LibTorch.LiveTensorCount);
        Assert.Equal(0, logits.grad!.sum().item<double>(), 1e-12);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(-1)]
    [InlineData(-100)]
    public void Names_a_label_that_is_no_class(long label)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        ArgumentException refusal = Assert.Throws<ArgumentException>(
            () => new CrossEntropyLoss().Compute(torch.tensor(Logits), torch.tensor(new[] { 0, label, 1 })));
        Assert.Contains($"Label {label} of example 1", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("3 classes", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_shapes_and_types_that_do_not_fit()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor logits = torch.tensor(Logits), labels = torch.tensor(Labels);
        AssertRefused("[2]", new CrossEntropyLoss(), logits, labels[..2]);
        AssertRefused("Int32", new CrossEntropyLoss(), logits, labels.to(torch.int32));
        AssertRefused("[3]", new CrossEntropyLoss(), logits, labels.to(torch.float64));
        AssertRefused("[3, 3, 1]", new CrossEntropyLoss(), logits.unsqueeze(2), labels);
        AssertRefused("[0, 3]", new CrossEntropyLoss(), logits[..0], labels[..0]);
        AssertRefused("2 class weights", new CrossEntropyLoss(classWeights: [1, 1]), logits, labels);
        Assert.Throws<ArgumentOutOfRangeException>(() => new CrossEntropyLoss(1.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CrossEntropyLoss(classWeights: [1, -1]));

        static void AssertRefused(string named, CrossEntropyLoss loss, torch.Tensor logits, torch.Tensor labels)
        {
            ArgumentException refusal = Assert.Throws<ArgumentException>(() => loss.Compute(logits, labels));
            Assert.Contains(named, refusal.Message, StringComparison.Ordinal);
        }
    }

    // PyTorch's definition, from the logits alone: smoothing spreads over the weighted log probabilities of all classes.
    private static double Definition(double smoothing, double[] weights)
    {
        double sum = 0, total = 0;
        for (int n = 0; n < Labels.Length; n++)
        {
            double[] row = [.. Enumerable.Range(0, 3).Select(k => Logits[n, k])];
            double norm = Math.Log(row.Sum(Math.Exp));
            double even = Enumerable.Range(0, 3).Sum(k => weights[k] * (norm - row[k])) / 3;
            double hard = weights[Labels[n]] * (norm - row[Labels[n]]);
            sum += ((1 - smoothing) * hard) + (smoothing * even);
            total += weights[Labels[n]];
        }

        return sum / total;
    }
}
