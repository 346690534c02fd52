using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class TransferabilityScoreTests
{
    private static readonly long[] Labels = [.. Enumerable.Range(0, 60).Select(i => (long)(i % 3))];

    [Fact]
    public void Every_score_prefers_features_that_show_the_classes()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor labels = tensor(Labels);
        Tensor clear = Features(shift: 3), vague = Features(shift: 0.3);
        TransferabilityScores high = TransferabilityScores.Of(clear, labels, clear.softmax(1));
        TransferabilityScores low = TransferabilityScores.Of(vague, labels, vague.softmax(1));
        Assert.True(high.LogMe > low.LogMe);
        Assert.True(high.Leep > low.Leep);
        Assert.True(high.Nce > low.Nce);
        Assert.True(high.HScore > low.HScore);
        Assert.True(high.RegularizedHScore > low.RegularizedHScore);
        Assert.True(high.TransRate > low.TransRate);
        Assert.True(high.Separation > low.Separation);
        Assert.Null(TransferabilityScores.Of(clear, labels).Leep);
    }

    [Fact]
    public void Numbers_of_labels_do_not_matter_and_gaps_between_them_neither()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor features = Features(shift: 1);
        TransferabilityScores plain = TransferabilityScores.Of(features, tensor(Labels));
        TransferabilityScores gaps = TransferabilityScores.Of(features, tensor(Array.ConvertAll(Labels, label => (7 * label) + 2)));
        Assert.Equal(plain, gaps);
    }

    [Fact]
    public void Features_without_any_variance_are_the_worst_and_no_error()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor labels = tensor(Labels);
        Assert.Equal(double.NegativeInfinity, LogMe.Of(zeros(60, 4), labels).Score);
        Assert.Equal(new HScore(0, 0, 0), HScore.Of(ones(60, 4), labels));
        Assert.Equal(new TransRate(0, 0, 0), TransRate.Of(ones(60, 4), labels));
        Assert.Equal(-6, GaussianSeparation.Of(ones(60, 4), labels), 1e-12);
        Assert.InRange(LogMe.Of(ones(60, 4), labels).Score, -10, 0);
    }

    [Fact]
    public void Features_that_never_vary_change_only_the_published_form_of_log_me()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor features = Features(shift: 1), labels = tensor(Labels);
        TransferabilityScores narrow = TransferabilityScores.Of(features, labels);
        TransferabilityScores wide = TransferabilityScores.Of(cat([features, zeros(60, 40, ScalarType.Float64)], 1), labels);
        Assert.Equal(narrow.LogMe, narrow.PublishedLogMe, 1e-12);
        Assert.Equal(narrow.LogMe, wide.LogMe, 1e-9);
        Assert.NotEqual(narrow.LogMe, wide.PublishedLogMe, 1e-3);
    }

    [Fact]
    public void One_feature_is_enough()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor feature = tensor(Array.ConvertAll(Labels, label => label + 0.1 * (label % 2))).unsqueeze(1);
        HScore score = HScore.Of(feature, tensor(Labels));
        Assert.Equal((1.0, 0.0), (Math.Round(score.Score, 9), score.Shrinkage));
        Assert.Equal(60.0 / 59, score.Regularized, 1e-9);
    }

    [Fact]
    public void What_does_not_fit_together_is_refused()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor labels = tensor(Labels);
        Refused("[60]", () => LogMe.Of(zeros(60), labels));
        Refused("59 rows", () => HScore.Of(zeros(59, 2), labels));
        Refused("NaN", () => TransRate.Of(full([60, 2], double.NaN), labels));
        Refused("below 0", () => GaussianSeparation.Of(zeros(60, 2), labels.sub(1)));
        Refused("softmax", () => SourceAgreement.Leep(full([60, 2], -1.0), labels));
        Assert.Throws<ArgumentOutOfRangeException>(() => NearestNeighbors.Predict(zeros(60, 2), labels, zeros(1, 2), 0));
    }

    [Fact]
    public void Left_out_samples_do_not_vote_for_themselves()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor pairs = tensor(new double[] { 1, 0, 1, 0.01, 0, 1, 0.01, 1 }).view(4, 2);
        Assert.Equal(1, NearestNeighbors.LeaveOneOutAccuracy(pairs, tensor(new long[] { 5, 5, 8, 8 }), 1));
        Assert.Equal(0, NearestNeighbors.LeaveOneOutAccuracy(pairs, tensor(new long[] { 5, 8, 5, 8 }), 1));
    }

    [Fact]
    public void Classifiers_give_the_labels_that_they_were_given()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor known = tensor(new double[] { 1, 0, 0, 1 }).view(2, 2);
        Tensor labels = tensor(new long[] { 4, 9 });
        Tensor asked = tensor(new double[] { 3, 1, 1, 3 }).view(2, 2);
        using NearestClassMean means = NearestClassMean.Fit(known, labels);
        Assert.Equal([4, 9], means.Predict(asked).data<long>());
        Assert.Equal([4, 9], means.Predict(asked, byCosine: true).data<long>());
        Assert.Equal([4, 9], NearestNeighbors.Predict(known, labels, asked, 1).data<long>());
    }

    [Fact]
    public void No_tensor_is_left_behind()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor features = Features(shift: 1), labels = tensor(Labels);
        TransferabilityScores.Of(features, labels, features.softmax(1));
        long before = LibTorch.LiveTensorCount;
        TransferabilityScores.Of(features, labels);
        LogMe.FirstVersion(features, labels);
        NearestNeighbors.LeaveOneOutAccuracy(features, labels, 3);
        Assert.Equal(before, LibTorch.LiveTensorCount);
    }

    private static void Refused(string reason, Func<object?> work)
        => Assert.Contains(reason, Assert.Throws<ArgumentException>(() => { work(); }).Message, StringComparison.Ordinal);

    private static Tensor Features(double shift)
    {
        using Generator generator = new(5);
        Tensor means = nn.functional.one_hot(tensor(Labels), 4).to(ScalarType.Float64).mul(shift);
        return randn([Labels.Length, 4], ScalarType.Float64, generator: generator).add(means);
    }
}
