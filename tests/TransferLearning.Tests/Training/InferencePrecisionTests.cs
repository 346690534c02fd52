using TorchSharp;

namespace TransferLearning.Tests;

public sealed class InferencePrecisionTests : IDisposable
{
    private const int Count = 36; // nine batches of four: enough for a faster form to be made
    private readonly InMemoryDataset _images = Noise();
    private readonly ImageModel _model = TransferModel.Create("resnet20", 3);

    [Fact]
    public void Features_are_the_plain_networks()
    {
        using FeatureSet features = _model.ExtractFeatures(_images, new FeatureOptions { BatchSize = 4 });
        AssertClose(features.Features, OptimizedInference.Float32Tolerance);
    }

    [Fact]
    public void Features_in_bfloat16_are_close_to_the_plain_networks_and_not_equal()
    {
        using FeatureSet features = _model.ExtractFeatures(_images, new FeatureOptions { BatchSize = 4, Precision = Precision.BFloat16 });
        AssertClose(features.Features, OptimizedInference.BFloat16Tolerance);
        Assert.SkipUnless(
            OptimizedInference.PrecisionOn(Device.Cpu, Precision.BFloat16) == Precision.BFloat16, "This machine has no bfloat16.");
        using FeatureSet exact = _model.ExtractFeatures(_images, new FeatureOptions { BatchSize = 4 });
        using torch.Tensor difference = (features.Features - exact.Features).abs().max();
        Assert.True(difference.item<float>() > 0);
    }

    [Fact]
    public void Evaluation_is_the_same_in_any_batch_size_and_nearly_so_in_bfloat16()
    {
        _model.WithClassNames(_images.ClassNames);
        EvaluationResult few = _model.Evaluate(_images, new EvaluateOptions { BatchSize = Count });
        EvaluationResult many = _model.Evaluate(_images, new EvaluateOptions { BatchSize = 4 });
        EvaluationResult close = _model.Evaluate(_images, new EvaluateOptions { BatchSize = 4, Precision = Precision.BFloat16 });
        Assert.Equal(few.Loss, many.Loss, 1e-4);
        Assert.Equal(few.Loss, close.Loss, 0.1);
        Assert.Equal(few.Accuracy, many.Accuracy);
    }

    [Fact]
    public void A_frozen_network_is_trained_on_features_in_the_precision_asked_for()
    {
        Assert.SkipUnless(
            OptimizedInference.PrecisionOn(Device.Cpu, Precision.BFloat16) == Precision.BFloat16, "This machine has no bfloat16.");
        using FeatureCache cache = new();
        FineTuneOptions options = new() { Epochs = 1, BatchSize = 4, Seed = 1, FeatureCache = cache, Precision = Precision.BFloat16 };
        _model.Probe(_images, new Sgd(0.01), options);
        long once = cache.StoredBytes;

        // What training computed in bfloat16 is found by those who ask for bfloat16, and by no one else.
        _model.ExtractFeatures(_images, new FeatureOptions { BatchSize = 4, Cache = cache, Precision = Precision.BFloat16 }).Dispose();
        Assert.Equal(once, cache.StoredBytes);
        _model.ExtractFeatures(_images, new FeatureOptions { BatchSize = 4, Cache = cache }).Dispose();
        Assert.Equal(2 * once, cache.StoredBytes);
    }

    public void Dispose()
    {
        _model.Dispose();
        _images.Dispose();
    }

    private void AssertClose(torch.Tensor found, double tolerance)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        _model.Module.eval();
        foreach (
            Batch batch in new BatchLoader(
                _images, ImagePipeline.ForEvaluation(_model.Preprocess), new LoaderOptions { BatchSize = Count }).Epoch(0))
        {
            using (batch)
            {
                torch.Tensor plain = _model.Module.ForwardFeatures(batch.Input);
                Assert.True(((plain - found).norm(1) / plain.norm(1)).max().item<float>() <= tolerance);
            }
        }
    }

    private static InMemoryDataset Noise()
    {
        SeededRandom random = new(4);
        List<Sample> samples = [];
        for (int i = 0; i < Count; i++)
        {
            byte[] pixels = new byte[32 * 32 * 3];
            for (int k = 0; k < pixels.Length; k++)
            {
                pixels[k] = (byte)random.NextInt32(256);
            }

            samples.Add(new Sample($"noise {i}", i % 3, new RawImage(32, 32, pixels)));
        }

        return new InMemoryDataset(samples, ["a", "b", "c"]);
    }
}
