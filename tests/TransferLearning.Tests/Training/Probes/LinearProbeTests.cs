using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class LinearProbeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly int _threads = get_num_threads();

    public LinearProbeTests() => set_num_threads(1);

    public void Dispose()
    {
        set_num_threads(_threads);
        _folder.Dispose();
    }

    [Fact]
    public void The_head_of_an_image_model_is_the_minimum_on_its_features()
    {
        using Dataset noise = NoiseImages.Of(40);
        using ImageModel model = TransferModel.Create("resnet20", 10).ReplaceHead(3);
        using FeatureSet features = model.ExtractFeatures(noise);
        LinearProbeResult result = model.Probe(noise, new LogisticProbe { C = 10, Standardize = false });

        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        Tensor weight = Parameter(model, "linear.weight"), bias = Parameter(model, "linear.bias");
        Tensor loss = nn.functional.cross_entropy(
            nn.functional.linear(features.Features, weight, bias), features.Labels, reduction: nn.Reduction.Sum);
        Assert.Equal(result.Objective, (weight.square().sum().item<float>() / 2) + (10 * loss.item<float>()), result.Objective * 1e-4);
        Assert.True(result.HasConverged, result.ToString());
        Assert.Equal((40, 10.0, 0), (result.Count, result.Strength, result.Candidates.Count));
        Assert.True(result.Objective < 10 * 40 * Math.Log(3)); // less than with all weights 0
        Assert.True(model.BackboneIsFrozen);
        Assert.Equal(["a", "b", "c"], model.ClassNames);
    }

    [Fact]
    public void Standardising_changes_the_penalty_and_not_what_the_head_takes()
    {
        using Tensor x = randn(30, 4, generator: Seeded()).mul(tensor([1f, 100f, 0.01f, 1f])).add(5);
        using Tensor y = arange(30, dtype: ScalarType.Int64).remainder(2);
        using Tensor scaled = x.sub(x.mean([0], keepdim: true)).div(x.std(0, unbiased: false, keepdim: true));
        using LinearFit fit = new LogisticProbe { C = 0.3 }.Fit(x, y, new Classification(2));
        using LinearFit plain = new LogisticProbe { C = 0.3, Standardize = false }.Fit(scaled, y, new Classification(2));
        Assert.Equal(plain.Objective, fit.Objective, 1e-6);
        using Tensor outputs = nn.functional.linear(x.to(ScalarType.Float64), fit.Weight, fit.Bias);
        using Tensor expected = nn.functional.linear(scaled.to(ScalarType.Float64), plain.Weight, plain.Bias);
        Assert.True(allclose(expected, outputs, rtol: 1e-3, atol: 1e-4));
    }

    [Fact]
    public void A_constant_feature_gets_the_weight_0()
    {
        using Tensor x = randn(20, 3, generator: Seeded());
        x[.., 1].fill_(7);
        using Tensor y = arange(20, dtype: ScalarType.Int64).remainder(2);
        using LinearFit logistic = new LogisticProbe { C = 1 }.Fit(x, y, new Classification(2));
        using LinearFit ridge = new RidgeProbe { Alpha = 1 }.Fit(x, y, new Classification(2));
        Assert.All(logistic.Weight[.., 1].data<double>(), weight => Assert.Equal(0, weight));
        Assert.All(ridge.Weight[.., 1].data<double>(), weight => Assert.Equal(0, weight, 1e-12));
    }

    [Fact]
    public void Cross_validation_takes_a_strong_penalty_for_noise_and_a_weak_one_for_signal()
    {
        using Tensor y = arange(80, dtype: ScalarType.Int64).remainder(4);
        using Tensor noise = randn(80, 20, generator: Seeded());
        using Tensor signal = noise.mul(0.2).add(nn.functional.one_hot(y, 20));
        using LinearFit ofNoise = new LogisticProbe().Fit(noise, y, new Classification(4));
        using LinearFit ofSignal = new LogisticProbe().Fit(signal, y, new Classification(4));
        Assert.True(ofNoise.Strength < ofSignal.Strength);
        Assert.Equal(ofNoise.Strength, ofNoise.Candidates.MinBy(candidate => candidate.Loss)!.Strength);
        Assert.True(ofSignal.Candidates.Max(candidate => candidate.Accuracy) > 0.9);
        using LinearFit again = new LogisticProbe().Fit(noise, y, new Classification(4));
        Assert.Equal(ofNoise.Candidates, again.Candidates);
    }

    [Fact]
    public void A_ridge_s_error_on_samples_left_out_is_that_of_fitting_without_them()
    {
        using Tensor x = randn(12, 3, generator: Seeded());
        using Tensor y = randn(12, 1, generator: Seeded(2));
        using LinearFit fit = new RidgeProbe { Candidates = [2], Standardize = false }.Fit(x, y, new Regression());
        double sum = 0;
        for (int left = 0; left < 12; left++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor others = tensor([.. Enumerable.Range(0, 12).Where(i => i != left).Select(i => (long)i)]);
            using LinearFit without = new RidgeProbe { Alpha = 2, Standardize = false }
                .Fit(x.index_select(0, others), y.index_select(0, others), new Regression());
            Tensor error = nn.functional.linear(x[left].to(ScalarType.Float64), without.Weight, without.Bias).sub(y[left]);
            sum += error.square().item<double>();
        }

        Assert.Equal(sum / 12, fit.Candidates.Single().Loss, 1e-9);
        Assert.Null(fit.Candidates.Single().Accuracy);
    }

    [Fact]
    public void Each_label_of_several_has_the_minimum_that_it_would_have_alone()
    {
        using Tensor x = randn(40, 5, generator: Seeded());
        using Tensor labels = x.narrow(1, 0, 2).add(randn(40, 2, generator: Seeded(4))).gt(0).to(ScalarType.Float32);
        using LinearFit both = new LogisticProbe { C = 2, Tolerance = 1e-7 }.Fit(x, labels, new MultiLabelClassification(2));
        for (int label = 0; label < 2; label++)
        {
            using Tensor own = labels.narrow(1, label, 1);
            using LinearFit alone = new LogisticProbe { C = 2, Tolerance = 1e-7 }.Fit(x, own, new MultiLabelClassification(1));
            using Tensor expected = both.Weight.narrow(0, label, 1);
            Assert.True(allclose(expected, alone.Weight, rtol: 1e-4, atol: 1e-5));
        }
    }

    [Fact]
    public void The_heads_of_texts_and_of_numbers_are_fitted_too()
    {
        using TextModel model = TinyText.Model(_folder.Path).ReplaceHead(2);
        using Dataset data = TinyText.Opinions(48);
        LinearProbeResult result = model.Probe(data, new LogisticProbe { C = 1 });
        Assert.True(result.HasConverged, result.ToString());
        Assert.True(model.Evaluate(data).Loss < Math.Log(2));
        LinearProbeResult ridge = model.Probe(data, new RidgeProbe());
        Assert.Equal(17, ridge.Candidates.Count);
        Assert.True(model.Evaluate(data).Accuracy > 0.5);
    }

    [Fact]
    public void Features_of_a_cache_are_not_computed_again()
    {
        using Dataset noise = NoiseImages.Of(30);
        using FeatureCache cache = new();
        using ImageModel model = TransferModel.Create("resnet20", 10).ReplaceHead(3);
        CountingPreprocessor counting = new(ImagePipeline.ForEvaluation(model.Preprocess));
        FeatureOptions options = new() { Cache = cache, Preprocessor = counting };
        model.Probe(noise, new LogisticProbe { C = 1 }, options);
        model.Probe(noise, new RidgeProbe(), options);
        Assert.Equal(30, counting.Calls);
    }

    [Fact]
    public void What_cannot_be_fitted_is_refused_with_the_remedy()
    {
        using Dataset noise = NoiseImages.Of(12);
        using ImageModel layered = TransferModel.Create("resnet20", 10).ReplaceHead(3, head => head.Linear(8).Relu());
        Assert.Contains("ReplaceHead", Refused(layered, noise, new LogisticProbe()), StringComparison.Ordinal);
        using ImageModel places = TransferModel.Create("squeezenet1_1", 10).ReplaceHead(3);
        Assert.Contains("optimizer", Refused(places, noise, new LogisticProbe()), StringComparison.Ordinal);
        using ImageModel plain = TransferModel.Create("resnet20", 10).ReplaceHead(3);
        Assert.Contains("C", Refused(plain, noise, new LogisticProbe { C = -1 }), StringComparison.Ordinal);
        Assert.Contains("Candidates", Refused(plain, noise, new RidgeProbe { Candidates = [] }), StringComparison.Ordinal);
        using Dataset two = noise.Subset([0, 1, 3, 4]);
        Assert.Contains("class number 2", Refused(plain, two, new LogisticProbe { C = 1 }), StringComparison.Ordinal);
        using ImageModel numbers = TransferModel.Create("resnet20", 10).For(new Regression());
        Assert.Contains(nameof(RidgeProbe), Refused(numbers, Sizes(), new LogisticProbe()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_fit_leaves_no_tensor_behind()
    {
        using Tensor x = randn(40, 6, generator: Seeded());
        using Tensor y = arange(40, dtype: ScalarType.Int64).remainder(3);
        new LogisticProbe().Fit(x, y, new Classification(3)).Dispose();
        long before = LibTorch.LiveTensorCount;
        new LogisticProbe().Fit(x, y, new Classification(3)).Dispose();
        new RidgeProbe().Fit(x, y, new Classification(3)).Dispose();
        Assert.Equal(before, LibTorch.LiveTensorCount);
    }

    private static string Refused(ImageModel model, Dataset data, LinearProbe probe)
        => Assert.ThrowsAny<ArgumentException>(() => model.Probe(data, probe)).Message;

    private static InMemoryDataset Sizes()
    {
        using InMemoryDataset noise = NoiseImages.Of(4);
        return new InMemoryDataset([.. Enumerable.Range(0, 4).Select(i => noise.Read(i) with { Target = new NumberTarget(i) })], []);
    }

    private static Tensor Parameter(ImageModel model, string name)
        => model.Module.State().Single(entry => entry.Key == name).Value;

    private static Generator Seeded(ulong seed = 1) => new(seed);
}
