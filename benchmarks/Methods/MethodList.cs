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

    // Few new weights bear, and need, a higher rate than all old ones (as their papers found).
    private const double NewWeights = 6;

    public static IReadOnlyList<TransferMethod> All { get; } =
    [
        .. Heads(),
        .. WhichWeights(),
        .. NewLayers(),
        .. Averages(),
        .. Images(),
        .. RareKinds(),
        .. OtherDomains(),
    ];

    private static IEnumerable<TransferMethod> Heads() =>
    [
        new TransferMethod(CachedHead, "–", trial => trial.Probe(trial.Fresh())).Everywhere,
        new TransferMethod(
            UncachedHead,
            "–",
            trial => trial.Probe(trial.Fresh(), options => options with { Preprocessor = trial.Varied() })).WhereCheap,
        new TransferMethod(
            "head, 4 cached views",
            "–",
            trial => trial.Probe(trial.Fresh(), options => options with { Preprocessor = trial.Varied(), CachedViews = 4 })).ForImages,
        new TransferMethod("logistic head", "–", trial =>
        {
            TransferModel model = trial.Fresh();
            model.Probe(trial.Samples.Train, new LogisticProbe { Seed = trial.Seed }, new FeatureOptions { Workers = 1 });
            return model;
        }).Everywhere,
    ];

    private static IEnumerable<TransferMethod> WhichWeights() =>
    [
        new TransferMethod(Baseline, "–", trial => trial.Tune(trial.Fresh())) with { Fits = _ => true },
        new TransferMethod("last stage", "Yosinski et al. 2014", trial => trial.Tune(trial.Fresh().UnfreezeFrom(trial.Task.LateStage))),
        new TransferMethod("last stage, 4 cached views", "–", trial => trial.Tune(
            trial.Fresh().UnfreezeFrom(trial.Task.LateStage), change: options => options with { CachedViews = 4 })).ForImages,
        new TransferMethod("layer decay 0.7", "Howard and Ruder 2018", trial => trial.Tune(trial.Fresh().WithLayerDecay(0.7), rate: 1.5)),
    ];

    private static IEnumerable<TransferMethod> NewLayers() =>
    [
        new TransferMethod(Lora, "Hu et al. 2021", trial => trial.Tune(
            trial.Fresh().WithLora(new LoraOptions { Targets = ["query", "value"], Rank = 8, Alpha = 16 }, trial.Seed),
            NewWeights)).ForTexts,
        new TransferMethod("LoRA, all linear layers", "Hu et al. 2021", trial => trial.Tune(
            trial.Fresh().WithLora(new LoraOptions { Targets = ["all-linear"], Rank = 2, Alpha = 8 }, trial.Seed),
            NewWeights)).ForTexts,
    ];

    private static IEnumerable<TransferMethod> Averages() =>
    [
        new TransferMethod("EMA", "Polyak and Juditsky 1992", trial => trial.Tune(
            trial.Fresh(),
            change: options => options with { Average = new ExponentialMovingAverage(0.95) { WarmUp = true } })),
    ];

    private static IEnumerable<TransferMethod> Images() =>
    [
        new TransferMethod("RandAugment", "Cubuk et al. 2019", trial => trial.Tune(
            trial.Fresh(), change: options => options with { Preprocessor = trial.Varied(new RandAugment()) })).ForImages,
        new TransferMethod("TrivialAugment", "Müller and Hutter 2021", trial => trial.Tune(
            trial.Fresh(), change: options => options with { Preprocessor = trial.Varied(new TrivialAugmentWide()) })).ForImages,
        new TransferMethod("label smoothing 0.1", "Szegedy et al. 2015", trial => trial.Tune(
            trial.Fresh(), change: options => options with { Loss = new CrossEntropyLoss(labelSmoothing: 0.1) })),
    ];

    private static IEnumerable<TransferMethod> RareKinds() =>
    [
        new TransferMethod("class weights", "–", trial => trial.Tune(
            trial.Fresh(), change: options => options with { Loss = new CrossEntropyLoss(classWeights: trial.BalancedWeights()) })).ForRareKinds,
        new TransferMethod("focal loss", "Lin et al. 2017", trial => trial.Tune(
            trial.Fresh(), change: options => options with { Loss = new FocalLoss() })).ForRareKinds,
        new TransferMethod("focal loss, class weights", "Lin et al. 2017", trial => trial.Tune(
            trial.Fresh(), change: options => options with { Loss = new FocalLoss(classWeights: trial.BalancedWeights()) })).ForRareKinds,
    ];

    // The corrupted images of the test, without their labels.
    private static IEnumerable<TransferMethod> OtherDomains() =>
    [
        new TransferMethod("AdaBN on corrupted images", "Li et al. 2016", trial => trial.Tune(trial.Fresh())
            .AdaptBatchNorms(trial.Samples.Shifted!, new BatchNormOptions { Workers = 1 })).ForDomains,
    ];
}
