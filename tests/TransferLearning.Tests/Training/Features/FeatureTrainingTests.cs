using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>Training on cached features gives what training on images with a frozen backbone gives.</summary>
public sealed class FeatureTrainingTests
{
    [Theory]
    [InlineData("resnet20", false)] // one layer
    [InlineData("resnet20", true)] // dropout and hidden layers in the head
    [InlineData("googlenet", false)] // a dropout before the head
    [InlineData("squeezenet1_1", false)] // the head takes maps
    [InlineData("mobilenet_v3_small", false)] // hidden layer and dropout in the published head
    public void With_a_transform_that_does_not_draw(string architecture, bool deepHead)
    {
        using Dataset noise = NoiseImages.Of(11, damaged: 6);
        byte[] cached = Train(architecture, deepHead, noise, draws: false, views: 0, epochs: 2);
        byte[] plain = Train(architecture, deepHead, noise, draws: null, views: 0, epochs: 2);
        FeatureCacheTests.AssertClose(plain, cached);
    }

    [Fact]
    public void With_stored_views_of_a_transform_that_draws()
    {
        using Dataset noise = NoiseImages.Of(22, damaged: 6);
        byte[] plain = Train("resnet20", false, noise, draws: true, views: 0);
        byte[] cached = Train("resnet20", false, noise, draws: true, views: 3);
        byte[] fewer = Train("resnet20", false, noise, draws: true, views: 2);
        FeatureCacheTests.AssertClose(plain, cached);
        Assert.NotEqual(cached, fewer);
    }

    [Fact]
    public void Stored_views_are_computed_once_and_resume_where_they_stopped()
    {
        using Dataset noise = NoiseImages.Of(20);
        using FeatureCache cache = new() { ChunkBytes = 64 * 4 * 5 };
        int left = 25;
        void Break(Sample sample)
        {
            if (--left < 0)
            {
                throw new InvalidOperationException("the power fails");
            }
        }

        Assert.Throws<InvalidOperationException>(() => Train("resnet20", false, noise, draws: true, views: 2, cache, Break));
        CountingPreprocessor? used = null;
        byte[] resumed = Train("resnet20", false, noise, draws: true, views: 2, cache, transformed: transform => used = transform);
        Assert.InRange(used!.Calls, 15, 20); // of 40, from the batch on in which it stopped
        Assert.Equal(Train("resnet20", false, noise, draws: true, views: 2), resumed);
        Train("resnet20", false, noise, draws: true, views: 2, cache, transformed: transform => used = transform);
        Assert.Equal(0, used.Calls);
    }

    [Fact]
    public void Saved_features_are_what_was_saved()
    {
        string path = Path.GetTempFileName();
        try
        {
            using Dataset noise = NoiseImages.Of(10, damaged: 3);
            using ImageModel model = TransferModel.Create("squeezenet1_1", 3);
            using FeatureSet features = model.ExtractFeatures(
                noise,
                new FeatureOptions { OnBadSample = BadSampleHandling.Skip, Preprocessor = Evaluation });
            Assert.Equal((9, 512), (features.Count, features.Width));
            features.Save(path);
            using FeatureSet loaded = FeatureSet.Load(path);
            Assert.Equal(features.ToArray(8), loaded.ToArray(8));
            Assert.Equal(features.Indices, loaded.Indices);
            Assert.Equal(["a", "b", "c"], loaded.ClassNames);
            Assert.Equal([0, 1, 2, 1, 2, 0, 1, 2, 0], loaded.Labels.data<long>().ToArray());

            using (StateDict other = StateDict.FromTensors(model.Module.State()))
            {
                other.Save(path, CheckpointFormat.SafeTensors);
            }

            Assert.Contains(
                "FeatureSet.Save", Assert.Throws<InvalidDataException>(() => FeatureSet.Load(path)).Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_transform_that_draws_gives_no_features()
    {
        using Dataset noise = NoiseImages.Of(3);
        using ImageModel model = TransferModel.Create("resnet20", 3);
        FeatureOptions options = new() { Preprocessor = ImagePipeline.ForTraining(model.Preprocess) };
        Assert.Contains(
            "ForEvaluation",
            Assert.Throws<ArgumentException>(() => model.ExtractFeatures(noise, options)).Message,
            StringComparison.Ordinal);
    }

    private static ImagePipeline Evaluation => ImagePipeline.ForEvaluation(ModelCatalog.Get("resnet20").Preprocess);

    /// <param name="draws">True augments; null augments nothing but says that it draws, so that nothing is cached.</param>
    private static byte[] Train(
        string architecture, bool deepHead, Dataset dataset, bool? draws, int views, FeatureCache? cache = null,
        Action<Sample>? before = null, Action<CountingPreprocessor>? transformed = null, int epochs = 3)
    {
        NetworkOptions? network = architecture == "googlenet" ? new NetworkOptions { AuxiliaryHeads = false } : null;
        using ImageModel model = TransferModel.Create(architecture, 10, options: network);
        (deepHead ? model.ReplaceHead(3, head => head.Dropout(0.5).Linear(8).Relu()) : model.ReplaceHead(3)).FreezeBackbone();
        StackedPreprocessor inner = draws == true ? ImagePipeline.ForTraining(ModelCatalog.Get("resnet20").Preprocess) : Evaluation;
        CountingPreprocessor transform = new(inner, isDeterministic: draws == false, before);
        transformed?.Invoke(transform);
        TrainingHistory history = model.FineTune(
            dataset,
            new Sgd(0.05, momentum: 0.9),
            new FineTuneOptions
            {
                Epochs = epochs,
                BatchSize = 5,
                Seed = 3,
                Preprocessor = transform,
                CachedViews = views,
                FeatureCache = cache,
                Workers = 1,
                OnBadSample = BadSampleHandling.Skip,
            });
        Assert.Equal(epochs, history.Epochs.Count);
        return [.. model.Module.Head.parameters().SelectMany(parameter => parameter.bytes.ToArray())];
    }
}
