using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>
/// An option is used or refused, never ignored, for each kind of model: every property of every options type has its line here.
/// </summary>
public sealed class OptionUseTests
{
    private static readonly Dictionary<string, Action<OptionTrial>> FineTune = new()
    {
        [nameof(FineTuneOptions.Epochs)] = trial => Assert.Equal(2, trial.Train(trial.Options with { Epochs = 2 }).History.Epochs.Count),
        [nameof(FineTuneOptions.BatchSize)] = trial => Assert.Equal(2, trial.Train(trial.Options with { BatchSize = 6 }).History.Steps),
        [nameof(FineTuneOptions.Seed)] = trial => Differs(trial, options => options with { Seed = 7 }),
        [nameof(FineTuneOptions.Validation)] = trial
            => Assert.NotNull(trial.Train(trial.Options with { Validation = trial.Dataset() }).History.Epochs[0].ValidationLoss),
        [nameof(FineTuneOptions.Schedule)] = trial
            => Differs(trial, options => options with { Schedule = new WarmupSchedule(new ConstantSchedule(), length: 100) }),
        [nameof(FineTuneOptions.Recipe)] = trial
            => Assert.Equal(2, trial.Train(trial.Options with { Recipe = new FastAiRecipe() }).History.Epochs.Count),
        [nameof(FineTuneOptions.StageRates)] = trial => Differs(
            trial, options => options with { StageRates = StageRates.Spread(0.01) }),
        [nameof(FineTuneOptions.FreezePatchEmbedding)] = trial
            => Assert.Throws<ArgumentException>(() => trial.Train(trial.Options with { FreezePatchEmbedding = true })),
        [nameof(FineTuneOptions.Loss)] = trial => Differs(
            trial, options => options with { Loss = new CrossEntropyLoss(labelSmoothing: 0.5) }),
        [nameof(FineTuneOptions.Clipping)] = trial => Differs(trial, options => options with { Clipping = new ClipByNorm(1e-4) }),
        [nameof(FineTuneOptions.AccumulationSteps)] = trial
            => Assert.Equal(1, trial.Train(trial.Options with { AccumulationSteps = 3 }).History.Steps),
        [nameof(FineTuneOptions.Precision)] = trial =>
        {
            if (Autocast.ProcessorHasBFloat16)
            {
                Differs(trial, options => options with { Precision = Precision.BFloat16 });
            }
            else
            {
                Assert.Throws<NotSupportedException>(() => trial.Train(trial.Options with { Precision = Precision.BFloat16 }));
            }
        },
        [nameof(FineTuneOptions.GradientCheckpointing)] = trial =>
        {
            trial.Train(trial.Options with { GradientCheckpointing = true, Logger = trial.Log });
            bool isSaidToBeInVain = trial.Log.Lines.Exists(
                line => line.Contains(nameof(FineTuneOptions.GradientCheckpointing), StringComparison.Ordinal));
            Assert.Equal(trial.Model() is ImageModel, isSaidToBeInVain); // this image network has no blocks
        },
        [nameof(FineTuneOptions.NoDecayOnBiasAndNorm)] = trial =>
        {
            AdamW optimizer = new(0.01, weightDecay: 5);
            float[] all = trial.Train(trial.Options with { NoDecayOnBiasAndNorm = false }, optimizer: optimizer).Weights;
            Assert.NotEqual(all, trial.Train(trial.Options with { NoDecayOnBiasAndNorm = true }, optimizer: optimizer).Weights);
        },
        [nameof(FineTuneOptions.Average)] = trial => Differs(
            trial, options => options with { Average = new ExponentialMovingAverage(0.9) }),
        [nameof(FineTuneOptions.Methods)] = trial => Differs(trial, options => options with { Methods = [new Doubled()] }),
        [nameof(FineTuneOptions.EvaluateEvery)] = trial
            => Assert.Equal([1, 2, 3], trial.Train(trial.Options with { EvaluateEvery = 1, Validation = trial.Dataset() })
                .History.Evaluations.Select(evaluation => (int)evaluation.Step).Distinct()),
        [nameof(FineTuneOptions.Patience)] = trial => Assert.Equal(
            StopReason.NoImprovement,
            trial.Train(
                trial.Options with { Epochs = 9, Patience = 1, Validation = trial.Dataset() }, optimizer: new Sgd(0)).History.StopReason),
        [nameof(FineTuneOptions.TimeLimit)] = trial => Assert.Equal(
            3, trial.Train(trial.Options with { TimeLimit = TimeSpan.FromHours(1) }).History.Plan!.Steps),
        [nameof(FineTuneOptions.MaxMemory)] = trial
            => Assert.Throws<ArgumentException>(() => trial.Train(trial.Options with { MaxMemory = 1 })),
        [nameof(FineTuneOptions.RestoreBestWeights)] = trial =>
        {
            FineTuneOptions options = trial.Options with { Epochs = 2, Validation = trial.Dataset() };
            Assert.Equal(1, trial.Train(options, optimizer: new Sgd(0)).History.BestEpoch);
            Assert.Equal(2, trial.Train(options with { RestoreBestWeights = false }, optimizer: new Sgd(0)).History.BestEpoch);
        },
        [nameof(FineTuneOptions.Checkpoints)] = trial =>
        {
            string folder = Path.Combine(trial.Folder, "run");
            trial.Train(trial.Options with { Checkpoints = new CheckpointPolicy(folder) { EverySteps = 1 } });
            Assert.NotEmpty(Directory.GetFiles(folder));
        },
        [nameof(FineTuneOptions.Observers)] = trial =>
        {
            List<TrainingEvent> events = [];
            trial.Train(trial.Options with { Observers = [new Immediate<TrainingEvent>(events.Add)] });
            Assert.NotEmpty(events);
        },
        [nameof(FineTuneOptions.Preprocessor)] = trial =>
        {
            trial.Model().Dispose(); // writes the tokenizer's files
            Differs(trial, options => options with { Preprocessor = trial.Other });
            Assert.Throws<ArgumentException>(() => trial.Train(trial.Options with { Preprocessor = trial.Unfit }));
        },
        [nameof(FineTuneOptions.Codec)] = trial => UsesCodec(
            trial, (model, dataset, codec) => model.FineTune(dataset, new Sgd(0.1), trial.Options with { Codec = codec })),
        [nameof(FineTuneOptions.Sampler)] = trial => Differs(trial, options => options with { Sampler = new ClassBalancedSampler() }),
        [nameof(FineTuneOptions.Augmentation)] = trial =>
        {
            FineTuneOptions inverted = trial.Options with { Augmentation = [new Invert()] };
            if (trial.Draws)
            {
                Differs(trial, options => options with { Augmentation = inverted.Augmentation });
                trial.Train(inverted, frozen: true);
                Assert.Throws<ArgumentException>(() => trial.Train(inverted with { Preprocessor = trial.Other }));
            }
            else
            {
                Assert.Throws<ArgumentException>(() => trial.Train(inverted));
            }
        },
        [nameof(FineTuneOptions.FeatureCache)] = trial =>
        {
            string folder = Path.Combine(trial.Folder, "features");
            using FeatureCache cache = new(folder);
            Assert.Throws<ArgumentException>(() => trial.Train(trial.Options with { FeatureCache = cache }));
            trial.Train(trial.Options with { FeatureCache = cache }, frozen: true);
            Assert.NotEmpty(Directory.GetFiles(folder));
        },
        [nameof(FineTuneOptions.CachedViews)] = trial =>
        {
            Assert.Throws<ArgumentException>(() => trial.Train(trial.Options with { CachedViews = 1 }));
            FineTuneOptions two = trial.Options with { Epochs = 2, CachedViews = 2 };
            if (!trial.Draws)
            {
                Assert.Throws<ArgumentException>(() => trial.Train(two, frozen: true));
                return;
            }

            Assert.NotEqual(trial.Train(two, frozen: true).Weights, trial.Train(two with { CachedViews = 1 }, frozen: true).Weights);
        },
        [nameof(FineTuneOptions.Workers)] = trial =>
        {
            Assert.Equal(0, ReadsElsewhere(trial, 0));
            Assert.Equal(OptionTrial.Samples, ReadsElsewhere(trial, 2));
        },
        [nameof(FineTuneOptions.OnBadSample)] = trial =>
        {
            using WatchedDataset damaged = new(trial.Dataset(), damaged: 3);
            Assert.Throws<SampleLoadException>(() => trial.Train(trial.Options, dataset: damaged));
            FineTuneOptions options = trial.Options with { OnBadSample = BadSampleHandling.Skip };
            Assert.Equal(1, trial.Train(options, dataset: damaged).History.Skipped.Count);
        },
        [nameof(FineTuneOptions.ChannelsLast)] = trial =>
        {
            using TransferModel model = trial.Model();
            bool isLaidOut = false;
            FineTuneOptions options = trial.Options with { ChannelsLast = true, Logger = trial.Log };
            if (model is not ImageModel)
            {
                Assert.Throws<ArgumentException>(() => model.FineTune(trial.Dataset(), new Sgd(0.1), options));
                return;
            }

            model.Module.modules().OfType<TorchSharp.Modules.Conv2d>().First().register_forward_pre_hook((_, images) =>
            {
                isLaidOut |= MemoryLayout.HasChannelsLast(images);
                return images;
            });
            model.FineTune(trial.Dataset(), new Sgd(0.1), options);
            Assert.True(isLaidOut || trial.Log.Lines.Exists(line => line.Contains("oneDNN is off", StringComparison.Ordinal)));
        },
        [nameof(FineTuneOptions.Communicator)] = trial => Differs(
            trial, options => options with { Communicator = new LoneCollective() }), // learns from the first batch of two
        [nameof(FineTuneOptions.Distributed)] = trial =>
        {
            DistributedOptions local = new() { AverageEvery = 2 };
            Assert.Throws<ArgumentException>(() => trial.Train(trial.Options with { Distributed = local }));
            FineTuneOptions together = trial.Options with { Communicator = new LoneCollective() };
            Assert.NotEqual(
                trial.Train(together).Weights,
                trial.Train(together with { Distributed = new DistributedOptions { GradientPrecision = Precision.BFloat16 } }).Weights);
        },
        [nameof(FineTuneOptions.ReportEvery)] = trial =>
        {
            Assert.True(Reports(trial, 1) > Reports(trial, 100));

            static int Reports(OptionTrial trial, int every)
            {
                int reports = 0;
                using TransferModel model = trial.Model();
                FineTuneOptions options = trial.Options with { ReportEvery = every };
                model.FineTune(trial.Dataset(), new Sgd(0.1), options, progress: new Immediate<TrainingProgress>(_ => reports++));
                return reports;
            }
        },
        [nameof(FineTuneOptions.Logger)] = trial =>
        {
            trial.Train(trial.Options with { Logger = trial.Log });
            Assert.NotEmpty(trial.Log.Lines);
        },
    };

    private static readonly Dictionary<string, Action<OptionTrial>> Evaluate = new()
    {
        [nameof(EvaluateOptions.BatchSize)] = trial =>
        {
            List<int> done = [];
            using TransferModel model = Named(trial);
            model.Evaluate(trial.Dataset(), new EvaluateOptions { BatchSize = 6, Workers = 0 }, new Immediate<int>(done.Add));
            Assert.Equal([6, 12], done.Distinct());
        },
        [nameof(EvaluateOptions.Workers)] = trial =>
        {
            Assert.Equal(0, Elsewhere(trial, 0));
            Assert.Equal(OptionTrial.Samples, Elsewhere(trial, 2));

            static int Elsewhere(OptionTrial trial, int workers)
            {
                using WatchedDataset watched = new(trial.Dataset());
                using TransferModel model = Named(trial);
                model.Evaluate(watched, new EvaluateOptions { Workers = workers });
                return watched.ReadsElsewhere;
            }
        },
        [nameof(EvaluateOptions.OnBadSample)] = trial =>
        {
            using WatchedDataset damaged = new(trial.Dataset(), damaged: 3);
            using TransferModel model = Named(trial);
            Assert.Throws<SampleLoadException>(() => model.Evaluate(damaged));
            Assert.Equal(1, model.Evaluate(damaged, new EvaluateOptions { OnBadSample = BadSampleHandling.Skip }).Skipped.Count);
        },
        [nameof(EvaluateOptions.Precision)] = trial =>
        {
            using TransferModel model = Named(trial);
            double exact = model.Evaluate(trial.Dataset()).Loss;
            double half = model.Evaluate(trial.Dataset(), new EvaluateOptions { Precision = Precision.BFloat16 }).Loss;
            // Where the CPU has it.
            Assert.Equal(OptimizedInference.PrecisionOn(Device.Cpu, Precision.BFloat16) == Precision.Float32, exact == half);
        },
        [nameof(EvaluateOptions.Preprocessor)] = trial =>
        {
            using TransferModel model = Named(trial);
            double own = model.Evaluate(trial.Dataset()).Loss;
            Assert.NotEqual(own, model.Evaluate(trial.Dataset(), new EvaluateOptions { Preprocessor = trial.Other }).Loss);
            Assert.Throws<ArgumentException>(() => model.Evaluate(trial.Dataset(), new EvaluateOptions { Preprocessor = trial.Unfit }));
        },
        [nameof(EvaluateOptions.Codec)] = trial => UsesCodec(
            trial, (model, dataset, codec) => model.Evaluate(dataset, new EvaluateOptions { Codec = codec })),
        [nameof(EvaluateOptions.Communicator)] = trial =>
        {
            using TransferModel model = Named(trial);
            EvaluateOptions options = new() { BatchSize = 4, Workers = 0, Communicator = new LoneCollective() };
            Assert.Equal(16, model.Evaluate(trial.Dataset(), options).Count); // the first and the third batch, and as many from the other
        },
        [nameof(EvaluateOptions.FeatureCache)] = trial =>
        {
            string folder = Path.Combine(trial.Folder, "features");
            using FeatureCache cache = new(folder);
            using TransferModel model = Named(trial);
            double plain = model.Evaluate(trial.Dataset()).Loss;
            Assert.Equal(plain, model.Evaluate(trial.Dataset(), new EvaluateOptions { FeatureCache = cache }).Loss, 1e-5);
            Assert.NotEmpty(Directory.GetFiles(folder));
        },
        [nameof(EvaluateOptions.Augmentation)] = trial =>
        {
            using TransferModel model = Named(trial);
            EvaluateOptions options = new() { Augmentation = new TestTimeAugmentation() };
            if (model is ImageModel)
            {
                Assert.NotEqual(model.Evaluate(trial.Dataset()).Loss, model.Evaluate(trial.Dataset(), options).Loss);
            }
            else
            {
                Assert.Throws<ArgumentException>(() => model.Evaluate(trial.Dataset(), options));
            }
        },
        [nameof(EvaluateOptions.Adaptation)] = trial =>
        {
            using TransferModel model = Named(trial);
            EvaluateOptions plain = new() { BatchSize = 4 };
            EvaluateOptions options = plain with { Adaptation = new EntropyAdaptation { Optimizer = new Sgd(1) } };
            if (model is ImageModel) // this network has no norms
            {
                Assert.Throws<ArgumentException>(() => model.Evaluate(trial.Dataset(), options));
            }
            else
            {
                Assert.NotEqual(model.Evaluate(trial.Dataset(), plain).Loss, model.Evaluate(trial.Dataset(), options).Loss, 1e-8);
            }
        },
        [nameof(EvaluateOptions.Samples)] = trial =>
        {
            using TransferModel model = Named(trial);
            EvaluateOptions options = new() { Samples = SampleDetail.Outputs };
            Assert.Equal(OptionTrial.Samples, model.Evaluate(trial.Dataset(), options).Samples!.Count);
        },
    };

    private static readonly Dictionary<string, Action<OptionTrial>> Features = new()
    {
        [nameof(FeatureOptions.BatchSize)] = trial =>
        {
            List<int> done = [];
            using TransferModel model = trial.Model();
            model.ExtractFeatures(trial.Dataset(), new FeatureOptions { BatchSize = 6, Workers = 0 }, new Immediate<int>(done.Add))
                .Dispose();
            Assert.Equal([6, 12], done.Distinct());
        },
        [nameof(FeatureOptions.Workers)] = trial =>
        {
            Assert.Equal(0, Elsewhere(trial, 0));
            Assert.Equal(OptionTrial.Samples, Elsewhere(trial, 2));

            static int Elsewhere(OptionTrial trial, int workers)
            {
                using WatchedDataset watched = new(trial.Dataset());
                using TransferModel model = trial.Model();
                model.ExtractFeatures(watched, new FeatureOptions { Workers = workers }).Dispose();
                return watched.ReadsElsewhere;
            }
        },
        [nameof(FeatureOptions.OnBadSample)] = trial =>
        {
            using WatchedDataset damaged = new(trial.Dataset(), damaged: 3);
            using TransferModel model = trial.Model();
            Assert.Throws<SampleLoadException>(() => model.ExtractFeatures(damaged));
            using FeatureSet features = model.ExtractFeatures(damaged, new FeatureOptions { OnBadSample = BadSampleHandling.Skip });
            Assert.Equal(OptionTrial.Samples - 1, features.Count);
        },
        [nameof(FeatureOptions.Preprocessor)] = trial =>
        {
            using TransferModel model = trial.Model();
            Assert.NotEqual(First(model, new FeatureOptions()), First(model, new FeatureOptions { Preprocessor = trial.Other }));
            Assert.Throws<ArgumentException>(() => First(model, new FeatureOptions { Preprocessor = trial.Unfit }));

            float[] First(TransferModel model, FeatureOptions options)
            {
                using FeatureSet features = model.ExtractFeatures(trial.Dataset(), options);
                return [.. Enumerable.Range(0, features.Count).SelectMany(features.ToArray)];
            }
        },
        [nameof(FeatureOptions.Codec)] = trial => UsesCodec(
            trial, (model, dataset, codec) => model.ExtractFeatures(dataset, new FeatureOptions { Codec = codec }).Dispose()),
        [nameof(FeatureOptions.Precision)] = trial =>
        {
            using TransferModel model = trial.Model();
            using FeatureSet exact = model.ExtractFeatures(trial.Dataset());
            using FeatureSet half = model.ExtractFeatures(
                trial.Dataset(),
                new FeatureOptions { Precision = Precision.BFloat16, Logger = trial.Log });
            Assert.Equal(
                OptimizedInference.PrecisionOn(Device.Cpu, Precision.BFloat16) == Precision.Float32,
                exact.ToArray(0).SequenceEqual(half.ToArray(0)));
        },
        [nameof(FeatureOptions.Cache)] = trial =>
        {
            string folder = Path.Combine(trial.Folder, "features");
            using FeatureCache cache = new(folder);
            using TransferModel model = trial.Model();
            model.ExtractFeatures(trial.Dataset(), new FeatureOptions { Cache = cache }).Dispose();
            Assert.NotEmpty(Directory.GetFiles(folder));
        },
        [nameof(FeatureOptions.Communicator)] = trial =>
        {
            using TransferModel model = trial.Model();
            FeatureOptions options = new() { BatchSize = 4, Workers = 0, Communicator = new LoneCollective() };
            using FeatureSet features = model.ExtractFeatures(trial.Dataset(), options);
            Assert.Equal(8, features.Count);
        },
        [nameof(FeatureOptions.Logger)] = trial =>
        {
            using TransferModel model = trial.Model();
            model.ExtractFeatures(trial.Dataset(), new FeatureOptions { Logger = trial.Log }).Dispose();
            Assert.NotEmpty(trial.Log.Lines);
        },
    };

    private static readonly (Type Options, Dictionary<string, Action<OptionTrial>> Trials)[] All =
        [(typeof(FineTuneOptions), FineTune), (typeof(EvaluateOptions), Evaluate), (typeof(FeatureOptions), Features)];

    public static TheoryData<string, string, string> Trials
    {
        get
        {
            TheoryData<string, string, string> rows = [];
            foreach ((Type options, Dictionary<string, Action<OptionTrial>> trials) in All)
            {
                foreach (string option in trials.Keys)
                {
                    foreach (string kind in OptionTrial.Kinds)
                    {
                        rows.Add(options.Name, option, kind);
                    }
                }
            }

            return rows;
        }
    }

    [Theory]
    [MemberData(nameof(Trials))]
    public void An_option_is_used_or_refused(string options, string option, string kind)
    {
        using OptionTrial trial = OptionTrial.Of(kind);
        All.First(entry => entry.Options.Name == options).Trials[option](trial);
    }

    [Fact]
    public void Every_option_is_tried()
        => Assert.All(All, entry => Assert.Equal(
            entry.Options.GetProperties().Select(property => property.Name).Order(StringComparer.Ordinal),
            entry.Trials.Keys.Order(StringComparer.Ordinal)));

    [Fact]
    public void A_feature_cache_is_refused_where_a_head_needs_more_than_one_vector()
    {
        using TemporaryFolder folder = new();
        using Dataset names = TinyText.Names(8);
        using TextModel model = TinyText.Model(folder.Path, new TokenClassification(names.ClassNames));
        using FeatureCache cache = new();
        ArgumentException error = Assert.Throws<ArgumentException>(
            () => model.Evaluate(names, new EvaluateOptions { FeatureCache = cache }));
        Assert.Contains("leave it out", error.Message, StringComparison.Ordinal);
    }

    private static void Differs(OptionTrial trial, Func<FineTuneOptions, FineTuneOptions> change)
    {
        float[] plain = trial.Train(trial.Options).Weights;
        Assert.Equal(plain, trial.Train(trial.Options).Weights); // nothing else makes a difference
        Assert.NotEqual(plain, trial.Train(change(trial.Options)).Weights);
    }

    private static int ReadsElsewhere(OptionTrial trial, int workers)
    {
        using WatchedDataset watched = new(trial.Dataset());
        trial.Train(trial.Options with { Workers = workers }, dataset: watched);
        return watched.ReadsElsewhere;
    }

    /// <summary>A codec decodes what a model for images is given, and is refused by any other.</summary>
    private static void UsesCodec(OptionTrial trial, Action<TransferModel, Dataset, IImageCodec> use)
    {
        using TransferModel model = Named(trial);
        BlankCodec codec = new();
        Dataset files = Dataset.FromImages(
            [new EncodedImage(new byte[] { 1 }), new EncodedImage(new byte[] { 2 })], [0, 1], trial.Dataset().ClassNames);
        if (model is ImageModel)
        {
            use(model, files, codec);
            Assert.NotEqual(0, codec.Decoded);
        }
        else
        {
            Assert.Throws<ArgumentException>(() => use(model, trial.Dataset(), codec));
        }
    }

    private sealed class BlankCodec : IImageCodec
    {
        private int _decoded;

        public int Decoded => _decoded;

        public ImagePixels Decode(ReadOnlyMemory<byte> encoded, string name)
        {
            Interlocked.Increment(ref _decoded);
            ImagePixels image = new(8, 8);
            image.Bytes.Fill(encoded.Span[0]);
            return image;
        }
    }

    private static TransferModel Named(OptionTrial trial) => trial.Model().WithClassNames(trial.Dataset().ClassNames);

    private sealed record Doubled : TrainingMethod
    {
        public override TrainingMethodState Begin(TrainingMethodContext context) => new State();

        private sealed class State : TrainingMethodState
        {
            public override StepLoss Compute(MethodStep step, Func<Batch, StepLoss> next)
            {
                StepLoss loss = next(step.Batch);
                return loss with { Loss = loss.Loss.mul(2) };
            }
        }
    }
}
