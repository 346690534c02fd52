namespace TransferLearning.Tests;

/// <summary>Runs that leave no tensor behind, whatever of a network they compute once.</summary>
public sealed class LiveTensorTests
{
    private static readonly FineTuneOptions Options = Runs.Options with { Epochs = 2, Validation = Runs.Samples };

    private static readonly FineTuneOptions TextOptions = Options with { Validation = TinyText.Opinions(8) };

    private static readonly Dictionary<string, Action<ImageModel>> OfImages = new()
    {
        ["all weights"] = model => model.FineTune(Runs.Samples, Runs.Rule, Options),
        ["a head on features"] = model => model.Probe(Runs.Samples, Runs.Rule, Options),
        ["a head on features of views"] = model => model.Probe(
            Runs.Samples, Runs.Rule, Options with { CachedViews = 2, Augmentation = [new RandomErasing(0.5)] }),
        ["a head on features that are mixed"] = model => model.Probe(
            Runs.Samples, Runs.Rule, Options with { Methods = [Mixing.OfFeatures()] }),
        ["an average of heads"] = model => model.Probe(
            Runs.Samples, new AdamW(0.01),
            Options with { Average = new ExponentialMovingAverage(0.9), Clipping = new ClipByNorm(1) }),
        ["the last stage"] = model => model.UnfreezeFrom("layer2").FineTune(
            Runs.Samples, Runs.Rule, Options with { Preprocessor = ImagePipeline.ForEvaluation(model.Preprocess) }),
        ["the last stage on views"] = model => model.UnfreezeFrom("layer2")
            .FineTune(Runs.Samples, Runs.Rule, Options with { CachedViews = 2 }),
        ["a logistic head"] = model => model.Probe(Runs.Samples, new LogisticProbe { Candidates = [0.1, 1] }),
        ["a ridge"] = model => model.Probe(Runs.Samples, new RidgeProbe()),
        ["the nearest mean"] = model => model.Probe(Runs.Samples, new NearestMeanProbe()),
        ["a recipe"] = model => model.FineTune(
            Runs.Samples, Runs.Rule, Options with { Epochs = 4, Recipe = new LpFtRecipe(), Validation = null }),
        ["a budget"] = model => model.Probe(Runs.Samples, Runs.Rule, Options with { TimeLimit = TimeSpan.FromHours(1) }),
        ["a cache in files"] = Cached,
        ["features in whole numbers"] = model => model.Probe(Runs.Samples, Runs.Rule, Options with { Precision = Precision.Int8 }),
        ["predictions in whole numbers"] = model => model.WithPrecision(Precision.Int8).Predict(SmallSets.Image(1, 1)),
    };

    private static readonly Dictionary<string, Action<TextModel>> OfTexts = new()
    {
        ["all weights of a text model"] = model => model.FineTune(TinyText.Opinions(16), new AdamW(0.01), TextOptions),
        ["a head on features of texts"] = model => model.Probe(TinyText.Opinions(16), new AdamW(0.01), TextOptions),
        ["the last layer of a text model"] = model => model.UnfreezeFrom(model.Module.Stages[^1].Name)
            .FineTune(TinyText.Opinions(16), new AdamW(0.01), TextOptions),
        ["LoRA"] = model => model.WithLora().FineTune(TinyText.Opinions(16), new AdamW(0.01), TextOptions),
    };

    public static TheoryData<string> Kinds => [.. OfImages.Keys, .. OfTexts.Keys];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_tensor_is_left_behind(string kind)
    {
        using TemporaryFolder folder = new();
        Use();
        long before = LibTorch.LiveTensorCount;
        Use();
        Assert.Equal(before, LibTorch.LiveTensorCount);

        void Use()
        {
            if (OfImages.TryGetValue(kind, out Action<ImageModel>? ofImages))
            {
                using ImageModel model = Runs.Model();
                ofImages(model);
            }
            else
            {
                using TextModel model = TinyText.Model(folder.Path, new Classification(["bad", "good"]));
                OfTexts[kind](model);
            }
        }
    }

    private static void Cached(ImageModel model)
    {
        using TemporaryFolder folder = new();
        using FeatureCache cache = new(new FeatureCacheOptions { Folder = folder.Path });
        model.Probe(Runs.Samples, Runs.Rule, Options with { FeatureCache = cache });
    }
}
