using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>What lies before the first trained stage is computed once, or at least without gradients, and changes nothing of what is
/// learned.</summary>
public sealed class FrozenPartTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("resnet20", 32)]
    [InlineData("resnet18", 32)]
    [InlineData("vgg11_bn", 32)]
    [InlineData("alexnet", 64)]
    [InlineData("densenet121", 32)]
    [InlineData("squeezenet1_1", 32)]
    [InlineData("shufflenet_v2_x0_5", 32)]
    [InlineData("mobilenet_v1", 32)]
    [InlineData("mobilenet_v3_small", 32)]
    [InlineData("mnasnet0_5", 32)]
    [InlineData("regnet_y_400mf", 32)]
    [InlineData("efficientnet_b0", 32)]
    [InlineData("convnext_tiny", 32)]
    [InlineData("swin_t", 32)]
    [InlineData("vit_b_32", 64)]
    [InlineData("googlenet", 64)]
    [InlineData("inception_v3", 96)]
    public void A_network_divided_before_any_stage_gives_the_same_features(string architecture, int side)
    {
        NetworkOptions options = architecture switch
        {
            "googlenet" => new NetworkOptions { AuxiliaryHeads = false },
            "inception_v3" => new NetworkOptions { AuxiliaryHeads = false, TransformInput = true },
            "vit_b_32" => new NetworkOptions { ImageSize = side },
            _ => new NetworkOptions(),
        };
        using ImageModel model = TransferModel.Create(architecture, 3, options: options);
        ImageNetwork network = model.Module;
        Assert.Equal(network.Stages.Select(stage => stage.Name).Skip(1), network.Divisions);
        using IDisposable guard = torch.no_grad();
        using DisposeScope scope = torch.NewDisposeScope();
        using ImageInput input = new(torch.randn(2, 3, side, side));
        float[] whole = [.. network.ForwardFeatures(input).data<float>()];
        foreach (string stage in network.Divisions)
        {
            using torch.Tensor before = network.ForwardBefore(stage, input);
            Assert.Equal(whole, network.ForwardFrom(stage, before).data<float>().ToArray());
        }
    }

    [Fact]
    public void A_network_is_divided_only_where_it_says()
    {
        using ImageModel inception = TransferModel.Create("inception_v3", 3);
        Assert.Empty(inception.Module.Divisions); // auxiliary heads branch off
        using ImageModel model = TransferModel.Create("resnet20", 3);
        using ImageInput input = new(torch.zeros(1, 3, 32, 32));
        string message = Assert.Throws<ArgumentException>(() => model.Module.ForwardBefore("stem", input)).Message;
        Assert.Contains("before layer1, layer2, layer3", message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bert", HeadKind.Pooled)]
    [InlineData("roberta", HeadKind.Pooled)]
    [InlineData("distilbert", HeadKind.Pooled)]
    public void An_encoder_divided_before_any_layer_gives_the_same_features(string type, HeadKind kind)
    {
        using TextModel model = TinyText.Model(_folder.Path, type: type);
        Assert.Equal(kind, model.Module.HeadKind);
        using Dataset data = TinyText.Opinions(5);
        using Batch batch = new BatchLoader(data, model.Preprocessor).Epoch(0).First();
        using IDisposable guard = torch.no_grad();
        using torch.Tensor whole = model.Module.ForwardFeatures(batch.Input);
        Assert.Equal(["layer.0", "layer.1"], model.Module.Divisions);
        foreach (string stage in model.Module.Divisions)
        {
            using torch.Tensor before = model.Module.ForwardBefore(stage, batch.Input);
            using torch.Tensor features = model.Module.ForwardFrom(stage, before, batch.Input);
            Assert.Equal(whole.data<float>().ToArray(), features.data<float>().ToArray());
        }
    }

    [Fact]
    public void What_enters_the_first_trained_stage_is_computed_once_a_sample()
    {
        using Dataset noise = NoiseImages.Of(12);
        CountingPreprocessor counted = new(Evaluation, isDeterministic: true);
        byte[] cached = Train(noise, counted, new FeatureCache(Exact), views: 0);
        Assert.Equal(12, counted.Calls);
        CountingPreprocessor anew = new(Evaluation, isDeterministic: false);
        byte[] plain = Train(noise, anew, null, views: 0);
        Assert.Equal(36, anew.Calls);
        FeatureCacheTests.AssertClose(plain, cached);
    }

    [Fact]
    public void As_float16_which_is_the_default_the_weights_end_within_its_rounding()
    {
        using Dataset noise = NoiseImages.Of(12);
        byte[] exact = Train(noise, Evaluation, new FeatureCache(Exact), views: 0);
        byte[] half = Train(noise, Evaluation, null, views: 0);
        float[] left = Floats(exact), right = Floats(half);
        double distance = Math.Sqrt(left.Zip(right, (a, b) => Math.Pow(a - b, 2)).Sum() / left.Sum(a => Math.Pow(a, 2)));
        Assert.InRange(distance, 1e-9, 2e-3);
    }

    [Fact]
    public void Views_that_are_drawn_are_kept_too_and_the_others_run_without_gradients()
    {
        using Dataset noise = NoiseImages.Of(12);
        StackedPreprocessor augmented = ImagePipeline.ForTraining(ModelCatalog.Get("resnet20").Preprocess);
        CountingPreprocessor counted = new(augmented, isDeterministic: false);
        byte[] cached = Train(noise, counted, new FeatureCache(Exact), views: 3);
        Assert.Equal(36, counted.Calls);
        Train(noise, counted, new FeatureCache(Exact), views: 1);
        Assert.Equal(48, counted.Calls);
        FeatureCacheTests.AssertClose(Train(noise, augmented, null, views: 0), cached);
    }

    [Fact]
    public void A_second_run_finds_the_activations_in_the_folder()
    {
        using Dataset noise = NoiseImages.Of(12);
        string folder = Path.Combine(_folder.Path, "cache");
        CountingPreprocessor counted = new(Evaluation, isDeterministic: true);
        byte[] first = Train(noise, counted, new FeatureCache(folder), views: 0);
        Assert.Equal(first, Train(noise, counted, new FeatureCache(folder), views: 0));
        Assert.Equal(12, counted.Calls);
        Train(noise, counted, new FeatureCache(folder), views: 0, stage: "layer2"); // what enters another stage is another thing
        Assert.Equal(24, counted.Calls);
    }

    [Fact]
    public void A_run_that_was_interrupted_resumes_bit_for_bit()
    {
        using Dataset noise = NoiseImages.Of(12);
        byte[] whole = Train(noise, Evaluation, null, views: 0);
        string folder = Path.Combine(_folder.Path, "run");
        using (CancellationTokenSource stop = new())
        {
            Train(noise, Evaluation, null, views: 0, resume: folder, stop: stop);
        }

        Assert.Equal(whole, Train(noise, Evaluation, null, views: 0, resume: folder));
    }

    [Fact]
    public void A_text_model_trains_its_last_layers_on_kept_activations()
    {
        using Dataset data = TinyText.Opinions(24);
        using Dataset validation = TinyText.Opinions(9);
        (float[] Weights, double Loss) Run(FeatureCache? cache, int maximum)
        {
            using TextModel model = TinyText.Model(_folder.Path).UnfreezeFrom("layer.1");
            FineTuneOptions options = new()
            {
                Epochs = 3,
                BatchSize = 8,
                Workers = 0,
                Seed = 5,
                Validation = validation,
                FeatureCache = cache,
            };
            using FeatureCache none = new(new FeatureCacheOptions { MaxMemoryBytes = maximum });
            TrainingHistory history = model.FineTune(data, new AdamW(1e-3), cache is null ? options with { FeatureCache = none } : options);
            return (TinyText.Numbers(model.Module), history.Evaluations[^1].Loss);
        }

        using FeatureCache exact = new(Exact);
        (float[] cached, double cachedLoss) = Run(exact, 0);
        Assert.True(exact.StoredBytes > 24 * 32 * sizeof(float));
        (float[] plain, double plainLoss) = Run(null, 0); // nothing may be kept
        Assert.Equal(plainLoss, cachedLoss, 1e-4);
        Assert.All(plain.Zip(cached), pair => Assert.Equal(pair.First, pair.Second, 1e-3));
        Assert.NotEqual(plain, TinyText.Numbers(TinyText.Model(_folder.Path).Module));
    }

    [Fact]
    public void Options_that_could_keep_nothing_are_refused()
    {
        using Dataset noise = NoiseImages.Of(6);
        using FeatureCache cache = new();
        using ImageModel model = TransferModel.Create("resnet20", 3).UnfreezeFrom("layer3");
        Assert.Contains("CachedViews", Refused(new FineTuneOptions { FeatureCache = cache }), StringComparison.Ordinal);
        Assert.Contains("alike", Refused(new FineTuneOptions { CachedViews = 2, Preprocessor = Evaluation }), StringComparison.Ordinal);
        model.Unfreeze();
        Assert.Contains(
            "UnfreezeFrom", Refused(new FineTuneOptions { FeatureCache = cache, Preprocessor = Evaluation }), StringComparison.Ordinal);
        model.FreezeBackbone(freezeStatistics: false).UnfreezeFrom("layer3");
        Assert.Contains(
            "UnfreezeFrom", Refused(new FineTuneOptions { FeatureCache = cache, Preprocessor = Evaluation }), StringComparison.Ordinal);

        string Refused(FineTuneOptions options)
            => Assert.Throws<ArgumentException>(() => model.FineTune(noise, new Sgd(0.01), options)).Message;
    }

    private static FeatureCacheOptions Exact => new() { Precision = FeaturePrecision.Float32 };

    private static ImagePipeline Evaluation => ImagePipeline.ForEvaluation(ModelCatalog.Get("resnet20").Preprocess);

    private static float[] Floats(byte[] bytes) => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(bytes).ToArray();

    private static byte[] Train(
        Dataset dataset, StackedPreprocessor preprocessor, FeatureCache? cache, int views, string stage = "layer3", string? resume = null,
        CancellationTokenSource? stop = null)
    {
        using ImageModel model = TransferModel.Create("resnet20", 3).UnfreezeFrom(stage);
        FineTuneOptions options = new()
        {
            Epochs = 3,
            BatchSize = 4,
            Seed = 3,
            Preprocessor = preprocessor,
            CachedViews = views,
            FeatureCache = cache,
            Workers = 1,
            ReportEvery = 1,
        };
        int batches = 0;
        Immediate<TrainingProgress> progress = new(_ =>
        {
            if (++batches == 5)
            {
                stop?.Cancel();
            }
        });
        using (cache)
        {
            TrainingHistory history = model.FineTune(
                dataset, new Sgd(0.01, momentum: 0.9), options, resume, progress, stop?.Token ?? CancellationToken.None);
            Assert.Equal(stop is null ? StopReason.Completed : StopReason.Cancelled, history.StopReason);
        }

        return [.. model.Module.parameters().SelectMany(parameter => parameter.bytes.ToArray())];
    }
}
