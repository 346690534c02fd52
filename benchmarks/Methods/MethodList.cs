namespace TransferLearning.Benchmarks;

/// <summary>Every method that is tried, one row each.</summary>
internal static class MethodList
{
    /// <summary>Fine-tuning of all weights, what all others are compared with.</summary>
    public const string Baseline = "fine-tuning";

    /// <summary>What the published effects are held against.</summary>
    public const string CachedHead = "head, cached features";
    public const string UncachedHead = "head, backbone in every epoch";
    public const string Lora = "LoRA";
    public const string LpFt = "LP-FT";

    // Few weights bear, and need, a higher rate than all of them (as their papers found); images' is high already.
    private const double FewWeights = 6;
    private const double FewWeightsOfImages = 2;
    private const double LayersOfTexts = 8;
    private const double VectorsOfTexts = 20;

    public static IReadOnlyList<TransferMethod> All { get; } =
    [
        .. Heads(),
        .. WhichWeights(),
        .. NewLayers(),
        .. Regularisers(),
        .. Averages(),
        .. TrainingImages(),
        .. Unlabelled(),
        .. RareKinds(),
        .. OtherDomains(),
    ];

    private static IEnumerable<TransferMethod> Heads() =>
    [
        new TransferMethod(CachedHead, "–", trial => trial.Probe(trial.Fresh())),
        new TransferMethod(
            UncachedHead,
            "–",
            trial => trial.Probe(trial.Fresh(), options => options with { Preprocessor = trial.Varied() })).WhereCheap,
        new TransferMethod(
            "head, 4 cached views",
            "–",
            trial => trial.Probe(trial.Fresh(), options => options with { Preprocessor = trial.Varied(), CachedViews = 4 })).ForImages,
        new TransferMethod("logistic head", "–", Logistic),
        new TransferMethod("nearest class mean", "Snell et al. 2017", trial => Fitted(trial, new NearestMeanProbe())),
        new TransferMethod(
            "nearest class mean, cosine", "Wang et al. 2019", trial => Fitted(trial, new NearestMeanProbe { Cosine = true })),
    ];

    private static IEnumerable<TransferMethod> WhichWeights() =>
    [
        new TransferMethod(Baseline, "–", trial => trial.Tune(trial.Fresh())) { Fits = _ => true },
        new TransferMethod("last stage", "Yosinski et al. 2014", trial => trial.Tune(trial.Fresh().UnfreezeFrom(trial.Task.LateStage))),
        new TransferMethod("last stage, 4 cached views", "–", trial => trial.Tune(
            trial.Fresh().UnfreezeFrom(trial.Task.LateStage), change: options => options with { CachedViews = 4 })).ForImages,
        new TransferMethod("layer decay 0.7", "Howard and Ruder 2018", trial => trial.Tune(trial.Fresh().WithLayerDecay(0.7), rate: 1.5)),
        new TransferMethod(LpFt, "Kumar et al. 2022", trial => trial.TuneBy(new LpFtRecipe())),
        new TransferMethod("fastai", "Howard and Gugger 2020", trial => trial.TuneBy(new FastAiRecipe(), 2, hasSchedule: true)),
        new TransferMethod(
            "ULMFiT",
            "Howard and Ruder 2018",
            trial => trial.TuneBy(GradualUnfreezingRecipe.Ulmfit, 2, (trial.Task.Epochs + 1) / 2, hasSchedule: true)),
        new TransferMethod("biases (BitFit)", "Ben Zaken et al. 2022", trial => trial.Tune(
            trial.Fresh().TrainOnly(TrainedWeights.Biases), trial.Task.HasImages ? FewWeightsOfImages : FewWeights)),
        new TransferMethod("norms", "Frankle et al. 2021", trial => trial.Tune(
            trial.Fresh().TrainOnly(TrainedWeights.Norms), trial.Task.HasImages ? FewWeightsOfImages : FewWeights)),
    ];

    private static IEnumerable<TransferMethod> NewLayers() =>
    [
        OfTexts(Lora, "Hu et al. 2021", new LoraOptions { Targets = ["value", "dense"], Rank = 3, Alpha = 6 }, longer: 3),
        OfTexts("LoRA, all linear layers", "Hu et al. 2021", new LoraOptions { Targets = ["all-linear"], Rank = 3, Alpha = 6 }, longer: 3),
        OfTexts("LoRA, queries and values", "Hu et al. 2021", new LoraOptions { Targets = ["query", "value"], Rank = 8, Alpha = 16 }),
        OfTexts(
            "LoRA, queries and values, and biases",
            "Hu et al. 2021",
            new LoraOptions { Targets = ["query", "value"], Rank = 8, Alpha = 16 },
            besides: TrainedWeights.Biases),
        OfTexts(
            "DoRA", "Liu et al. 2024", new LoraOptions { Targets = ["value", "dense"], Rank = 3, Alpha = 6, UsesDora = true }, longer: 3),
        OfTexts("(IA)3", "Liu et al. 2022", new Ia3Options(), VectorsOfTexts),
        OfTexts("bottlenecks (Houlsby)", "Houlsby et al. 2019", new BottleneckOptions { Form = BottleneckForm.Houlsby }),
        OfTexts("bottlenecks (Pfeiffer)", "Pfeiffer et al. 2020", new BottleneckOptions { Form = BottleneckForm.Pfeiffer }),
        OfTexts("prefix tuning", "Li and Liang 2021", new PrefixTuningOptions(), VectorsOfTexts),
        OfTexts("prompt tuning", "Lester et al. 2021", new PromptTuningOptions(), VectorsOfTexts),
        new TransferMethod("LoRA on convolutions", "Hu et al. 2021", trial => trial.TuneAdapter(
            new LoraOptions { Targets = [trial.Task.Convolutions], Rank = 4, Alpha = 4 }, FewWeightsOfImages)).ForImages,
        new TransferMethod("side tuning", "Zhang et al. 2020", trial => trial.TuneAdapter(
            trial.Task.IsSmall
                ? new SideTuningOptions { SideNetwork = "resnet20", CopiesBackbone = true }
                : new SideTuningOptions(),
            rate: 2)).ForImages,
    ];

    private static IEnumerable<TransferMethod> Regularisers() =>
    [
        new TransferMethod("L2-SP", "Li et al. 2018", trial => trial.Tune(
            trial.Fresh(), change: options => options with { Methods = [new L2Sp(0.01)] }, decays: false)),
        new TransferMethod("DELTA", "Li et al. 2019", trial => trial.TuneWith(new Delta(0.001))).ForImages,
        new TransferMethod("BSS", "Chen et al. 2019", trial => trial.TuneWith(new BatchSpectralShrinkage())),
        new TransferMethod("StochNorm", "Kou et al. 2020", trial => trial.TuneWith(new StochNorm())).ForImages,
        new TransferMethod("Co-Tuning", "You et al. 2020", trial =>
        {
            using TransferModel source = trial.Task.Load(trial.Data, trial.Seed);
            return trial.TuneWith(new CoTuning(source));
        }) { Fits = task => task.Name == "emoji" },
        new TransferMethod("distilled from its twin", "Furlanello et al. 2018", trial =>
        {
            using TransferModel teacher = trial.Tune(trial.Fresh());
            return trial.TuneWith(new Distillation(teacher) { Weight = 0.5 });
        }).WhereCheap,
    ];

    private static IEnumerable<TransferMethod> Averages() =>
    [
        new TransferMethod("EMA", "Polyak and Juditsky 1992", trial => trial.Tune(
            trial.Fresh(),
            change: options => options with { Average = new ExponentialMovingAverage(0.95) { WarmUp = true } })),
        new TransferMethod("SWA", "Izmailov et al. 2018", trial => trial.Tune(
            trial.Fresh(),
            change: options => options with
            {
                Average = new StochasticWeightAveraging(options.Epochs / 2),
                Schedule = new SwaSchedule(new CosineSchedule(), trial.Task.Rate / 4, options.Epochs / 2, annealing: 1),
            })),
        new TransferMethod("WiSE-FT, half way", "Wortsman et al. 2022", trial =>
        {
            using TransferModel probed = Logistic(trial);
            return trial.TuneBy(new LpFtRecipe()).InterpolateWith(probed, 0.5);
        }),
        new TransferMethod("soup of LP-FT at 3 rates", "Wortsman et al. 2022", trial => Soup(trial, [0.5, 1, 2])).WhereCheap,
    ];

    private static IEnumerable<TransferMethod> TrainingImages() =>
    [
        Varied("RandAugment", "Cubuk et al. 2019", new RandAugment()),
        Varied("AutoAugment", "Cubuk et al. 2018", new AutoAugment(AutoAugmentPolicy.Cifar10)),
        Varied("TrivialAugment", "Müller and Hutter 2021", new TrivialAugmentWide()).ForImages,
        Varied("AugMix", "Hendrycks et al. 2019", new AugMix()),
        new TransferMethod("mixup", "Zhang et al. 2017", trial => trial.TuneWith(Mixing.Mixup())).ForImages,
        new TransferMethod("CutMix", "Yun et al. 2019", trial => trial.TuneWith(Mixing.CutMix())).ForImages,
        new TransferMethod("mixup of features", "Verma et al. 2018", trial => trial.TuneWith(Mixing.OfFeatures())).ForTexts,
        new TransferMethod("label smoothing 0.1", "Szegedy et al. 2015", trial => trial.Tune(
            trial.Fresh(), change: options => options with { Loss = new CrossEntropyLoss(labelSmoothing: 0.1) })),
    ];

    private static IEnumerable<TransferMethod> Unlabelled() =>
    [
        new TransferMethod("FixMatch", "Sohn et al. 2020", trial => trial.TuneWith(
            new FixMatch(trial.Samples.Unlabelled!) { Ratio = 2, Threshold = 0.8 })).ForUnlabelled,
        new TransferMethod("LP-FT with FixMatch", "Sohn et al. 2020", trial => trial.Tune(trial.Fresh(), change: options => options with
        {
            Recipe = new LpFtRecipe(),
            Methods = [new FixMatch(trial.Samples.Unlabelled!) { Ratio = 2, Threshold = 0.8 }],
        })).ForUnlabelled,
    ];

    private static IEnumerable<TransferMethod> RareKinds() =>
    [
        new TransferMethod("class weights", "–", trial => trial.Tune(
            trial.Fresh(),
            change: options => options with { Loss = new CrossEntropyLoss(classWeights: ClassWeighting.Inverse.Of(trial.Counts())) }))
            .ForRareKinds,
        new TransferMethod("effective numbers", "Cui et al. 2019", trial => trial.Tune(
            trial.Fresh(), change: options => options with { Loss = CrossEntropyLoss.ClassBalanced(trial.Counts()) })).ForRareKinds,
        new TransferMethod("class-balanced batches", "–", trial => trial.Tune(
            trial.Fresh(), change: options => options with { Sampler = new ClassBalancedSampler() })).ForRareKinds,
        new TransferMethod("samples by 1/√n", "Mahajan et al. 2018", trial => trial.Tune(
            trial.Fresh(), change: options => options with { Sampler = new WeightedSampler(ClassWeighting.InverseSquareRoot) }))
            .ForRareKinds,
        new TransferMethod("focal loss", "Lin et al. 2017", trial => trial.Tune(
            trial.Fresh(), change: options => options with { Loss = new FocalLoss() })).ForRareKinds,
        new TransferMethod("focal loss, class weights", "Lin et al. 2017", trial => trial.Tune(
            trial.Fresh(),
            change: options => options with { Loss = new FocalLoss(classWeights: ClassWeighting.Inverse.Of(trial.Counts())) }))
            .ForRareKinds,
    ];

    // The corrupted images of the test, without their labels.
    private static IEnumerable<TransferMethod> OtherDomains() =>
    [
        new TransferMethod("AdaBN on corrupted images", "Li et al. 2016", trial => trial.Tune(trial.Fresh())
            .AdaptBatchNorms(trial.Samples.Shifted!, new BatchNormOptions { Workers = 1 })).ForDomains,
        new TransferMethod("DANN to corrupted images", "Ganin et al. 2016", trial => trial.TuneWith(
            new DomainAdversarial(trial.Samples.Shifted!))).ForDomains,
        new TransferMethod("MMD to corrupted images", "Long et al. 2015", trial => trial.TuneWith(
            new MaximumMeanDiscrepancy(trial.Samples.Shifted!))).ForDomains,
        new TransferMethod("CORAL to corrupted images", "Sun and Saenko 2016", trial => trial.TuneWith(
            new CorrelationAlignment(trial.Samples.Shifted!))).ForDomains,
        new TransferMethod("MCC on corrupted images", "Jin et al. 2020", trial => trial.TuneWith(
            new MinimumClassConfusion(trial.Samples.Shifted!))).ForDomains,
    ];

    private static TransferMethod Varied(string name, string source, ImageTransform step)
        => new TransferMethod(name, source, trial => trial.Tune(
            trial.Fresh(), change: options => options with { Preprocessor = trial.Varied(step) })).ForImages;

    // More epochs, which are cheaper than those of all weights.
    private static TransferMethod OfTexts(
        string name, string source, AdapterOptions adapter, double rate = LayersOfTexts, int longer = 2,
        TrainedWeights besides = TrainedWeights.None)
        => new TransferMethod(name, source, trial => trial.TuneAdapter(adapter, rate, longer, besides)).ForTexts;

    private static TransferModel Logistic(MethodTrial trial) => Fitted(trial, new LogisticProbe { Seed = trial.Seed });

    private static TransferModel Fitted(MethodTrial trial, LinearProbe probe)
    {
        TransferModel model = trial.Fresh();
        model.Probe(trial.Samples.Train, probe, new FeatureOptions { Workers = 1 });
        return model;
    }

    private static TransferModel Soup(MethodTrial trial, double[] rates)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("soup-");
        try
        {
            string[] paths = [.. rates.Select(rate => Path.Combine(folder.FullName, $"{rate}.tl"))];
            foreach ((double rate, string path) in rates.Zip(paths))
            {
                using TransferModel one = trial.TuneBy(new LpFtRecipe(), rate);
                one.Save(path);
            }

            return ModelSoup.Uniform(paths, new SoupOptions
            {
                BatchNormSamples = trial.Samples.Train,
                BatchNorms = new BatchNormOptions { Workers = 1 },
            });
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
