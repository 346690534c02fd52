using Microsoft.Extensions.Logging;
using TorchSharp;
using TorchSharp.Utils;
using TransferLearning.Keras;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>The code blocks of the documentation, where the compiler sees them.</summary>
internal static class Snippets
{
    public static void Sentence(Dataset dataset, Dataset testSet)
    {
        // snippet: sentence
        using TransferModel model = Pretrained.ResNet18().ReplaceHead(10).FreezeBackbone();
        TrainingHistory history = model.FineTune(dataset, new Sgd(learningRate: 0.001, momentum: 0.9));
        EvaluationResult result = model.Evaluate(testSet);
        Prediction p = model.Predict("bee.jpg");
        model.Save("bees.tl");
        using TransferModel again = TransferModel.Load("bees.tl");
        // end

        _ = (history, result, p);
    }

    public static double WholeLine(string images, string weights, string saved)
    {
        // snippet: whole-line
        using Dataset training = ImageFolder.Open(images, "train");
        using Dataset validation = ImageFolder.Open(images, "val");
        using TransferModel model = Pretrained.ResNet20(weights).ReplaceHead(training.ClassNames.Count);

        // First the head alone, on features that are computed once; then everything, more gently.
        model.Probe(training, new Adam(0.01), new FineTuneOptions { Epochs = 10 });
        TrainingHistory history = model.Unfreeze().FineTune(
            training,
            new Sgd(learningRate: 0.01, momentum: 0.9, weightDecay: 5e-4),
            new FineTuneOptions { Epochs = 5, BatchSize = 32, Seed = 1, Validation = validation, Schedule = new CosineSchedule() });

        EvaluationResult result = model.Evaluate(validation);
        Console.WriteLine(history);
        Console.WriteLine(result);
        model.Save(saved);
        // end

        return result.Accuracy ?? 0;
    }

    public static void Store(IProgress<DownloadProgress> progress)
    {
        // snippet: weight-store
        WeightEntry entry = ModelCatalog.Get("resnet50").Weights[^1]; // the recommended set is the last
        string path = new WeightStore().GetFile(entry, progress); // or GetFileAsync
        using StateDict weights = StateDict.Open(path);
        // end
    }

    public static void Mapped()
    {
        // snippet: weights-mapped
        using TransferModel model = Pretrained.ResNet50("own.pth", new PretrainedOptions { MapFile = true });
        // end
    }

    public static void Keras()
    {
        // snippet: keras
        string file = "resnet50_weights_tf_dim_ordering_tf_kernels.h5";
        using ImageModel model = KerasPretrained.ResNet50(file).ReplaceHead(10).FreezeBackbone();
        // end
    }

    public static void CachedTraining(Dataset training, Dataset validation)
    {
        // snippet: features-cache
        using FeatureCache cache = new("features"); // a folder; new FeatureCache() keeps features in memory
        using TransferModel model = Pretrained.ResNet18().ReplaceHead(training.ClassNames.Count).FreezeBackbone();
        FineTuneOptions options = new() { Epochs = 30, Validation = validation, FeatureCache = cache };
        model.FineTune(training, new Adam(0.001), options);
        EvaluationResult result = model.Evaluate(validation, new EvaluateOptions { FeatureCache = cache });
        // end

        _ = result;
    }

    public static void CachedViews(ImageModel model, Dataset training, FeatureCache cache)
    {
        // snippet: features-views
        FineTuneOptions options = new()
        {
            Epochs = 40,
            Preprocessor = ImagePipeline.ForTraining(model.Preprocess), // random crops and mirroring
            CachedViews = 8, // epoch e sees view e modulo 8
            FeatureCache = cache,
        };
        model.FreezeBackbone().FineTune(training, new Adam(0.001), options);
        // end
    }

    public static void FeaturesDivision(ImageModel model, Dataset training)
    {
        // snippet: features-division
        model.UnfreezeFrom("layer4"); // stem to layer3 run once for each view of an image, ten epochs train layer4 and the head
        ImagePipeline augmented = ImagePipeline.ForTraining(model.Preprocess);
        model.FineTune(training, new Sgd(0.001, momentum: 0.9), new FineTuneOptions { Preprocessor = augmented, CachedViews = 3 });
        // end
    }

    public static void Features(TransferModel model, Dataset images, FeatureCache cache)
    {
        // snippet: features-extract
        using FeatureSet features = model.ExtractFeatures(images, new FeatureOptions { Cache = cache, BatchSize = 64 });
        float[] first = features.ToArray(0); // 512 elements of a ResNet-18
        features.Save("features.safetensors");
        using FeatureSet again = FeatureSet.Load("features.safetensors");
        // end

        _ = (first, again);
    }

    public static void ConvexProbes(ImageModel model, Dataset training, FeatureCache cache)
    {
        // snippet: features-probe
        LinearProbeResult fit = model.Probe(training, new LogisticProbe(), new FeatureOptions { Cache = cache });
        Console.WriteLine($"C = {fit.Strength}, {fit.Iterations} steps");
        foreach (ProbeCandidate tried in fit.Candidates)
        {
            Console.WriteLine($"C = {tried.Strength}: {tried.Accuracy:P1} of the samples left out");
        }

        // end
    }

    public static void LargeSets()
    {
        // snippet: features-large
        using FeatureCache cache = new(new FeatureCacheOptions
        {
            Folder = "features",
            MaxBytes = 100L << 30, // files together; the ones not used for longest go first
            MaxMemoryBytes = 1L << 30, // what is beyond is read from the files batch by batch
            Precision = FeaturePrecision.Float16,
            Identity = SampleIdentity.NameAndMark, // no reading of all images to recognise them
        });
        // end
    }

    public static async Task Generation(string gpt2, string marian, string t5, IReadOnlyList<string> articles)
    {
        // snippet: generate
        using TextModel model = Pretrained.Gpt2(gpt2);
        GenerationOptions beams = new() { MaxNewTokens = 40, Beams = 4, NoRepeatNGram = 3 };
        string text = model.Generate("The best thing about a rainy day is", beams);

        GenerationOptions sampled = new() { Sample = true, Temperature = 0.8, TopK = 50, TopP = 0.95, Seed = 1, StopWords = ["\n\n"] };
        await foreach (string part in model.StreamAsync("Dear Sir,", sampled))
        {
            Console.Write(part);
        }

        using TextModel translator = Pretrained.Marian(marian);
        IReadOnlyList<string> german = translator.Translate(["A dog runs in the park.", "Two men play a game."]);

        using TextModel summarizer = Pretrained.T5(t5); // its config.json knows the words that ask for a summary
        IReadOnlyList<string> summaries = summarizer.Summarize(articles, beams with { MaxNewTokens = 80 });
        // end

        _ = (text, german, summaries);
    }

    public static void Narrow(string gpt2, ILogger logger)
    {
        // snippet: write-narrow
        using TextModel model = Pretrained.Gpt2(gpt2).WithPrecision(Precision.Int8, logger); // or Precision.BFloat16
        string text = model.Generate("The best thing about a rainy day is");
        // end

        _ = text;
    }

    public static void Writing(string gpt2, string marian, IEnumerable<string> documents, string source, string target)
    {
        // snippet: fine-tune-writing
        using TextModel writer = Pretrained.Gpt2(gpt2);
        using TokenBlocks blocks = TokenBlocks.Of(documents, writer.Tokenizer, length: 512, framed: false);
        writer.FineTune(blocks, new AdamW(5e-5), new FineTuneOptions { Epochs = 1, BatchSize = 4, Clipping = new ClipByNorm(1) });
        double perplexity = writer.Evaluate(blocks).Of<LanguageReport>().Perplexity;

        using TextModel translator = Pretrained.Marian(marian);
        using Dataset pairs = ParallelText.Open(source, target);
        FineTuneOptions options = new() { Epochs = 3, BatchSize = 16, Loss = new CrossEntropyLoss(labelSmoothing: 0.1) };
        translator.FineTune(pairs, new AdamW(2e-5), options);
        translator.Save("my-translator");
        // end

        _ = perplexity;
    }

    public static void Resume(TransferModel model, Dataset dataset, Optimizer optimizer, FineTuneOptions options)
    {
        // snippet: training-resume
        TrainingHistory history = model.FineTune(dataset, optimizer, options, resume: "runs/bees");
        // end

        _ = history;
    }

    public static void LongRun(TransferModel model, Dataset training, Dataset validation)
    {
        // snippet: training-long-run
        FineTuneOptions options = new()
        {
            Epochs = 30,
            BatchSize = 16,
            AccumulationSteps = 4, // one step sees 64 samples
            Schedule = new WarmupSchedule(new CosineSchedule(), length: 500),
            Clipping = new ClipByNorm(1),
            Average = new ExponentialMovingAverage(0.999) { WarmUp = true },
            NoDecayOnBiasAndNorm = true,
            Validation = validation,
            EvaluateEvery = 1000,
            Patience = 10, // evaluations, not epochs
            Checkpoints = new CheckpointPolicy("runs/bees") { EverySteps = 500, Every = null },
        };
        model.FineTune(training, new AdamW(3e-4), options, resume: "runs/bees");
        // end
    }

    public static void Recipes(Dataset dataset, Dataset validation)
    {
        // snippet: training-recipe
        using ImageModel model = Pretrained.ResNet50().ReplaceHead(10);
        TrainingHistory history = model.FineTune(
            dataset, new AdamW(1e-4), new FineTuneOptions { Epochs = 5, Recipe = new LpFtRecipe(), Validation = validation });
        // end

        _ = history;
    }

    public static void OwnRecipe(TextModel model, Dataset dataset)
    {
        // snippet: training-own-recipe
        Recipe recipe = new GradualUnfreezingRecipe
        {
            EpochsEach = 2,
            StagesEach = 4, // four layers of BERT at a time
            Rates = StageRates.Decaying(0.9),
            Schedule = new OneCycleSchedule(),
        };
        model.FineTune(dataset, new AdamW(5e-5), new FineTuneOptions { Epochs = 3, Recipe = recipe }, resume: "runs/bees");
        // end
    }

    public static void TrainedWeightsOnly(ImageModel model, Dataset dataset)
    {
        // snippet: training-weights
        model.TrainOnly(TrainedWeights.Biases); // BitFit; TrainedWeights.Norms, or both
        model.FineTune(dataset, new AdamW(1e-3), new FineTuneOptions { StageRates = StageRates.Spread(lowest: 0.01) });
        // end
    }

    public static void FindRate(TransferModel model, Dataset training, FineTuneOptions options)
    {
        // snippet: training-rate
        LearningRateCurve curve = model.FindLearningRate(training, new AdamW(), new LearningRateFinderOptions { Training = options });
        model.FineTune(training, new AdamW(curve.Suggestion), options);
        // end
    }

    public static void Text(string folder, Dataset questions, Dataset validation)
    {
        // snippet: text-sentence
        using TextModel model = Pretrained.Bert(folder).ReplaceHead(labels: 6);
        TrainingHistory history = model.FineTune(questions, new AdamW(5e-5));
        Prediction answer = model.Predict("What is the capital of France ?");
        model.Save("questions");
        using TextModel again = TextModel.Load("questions");
        // end

        // snippet: text-options
        model.WithMaximumLength(128).UnfreezeFrom("layer.8").WithLayerDecay(0.9);
        model.FineTune(questions, new AdamW(2e-5), new FineTuneOptions
        {
            Epochs = 3,
            BatchSize = 16,
            Validation = validation,
            Schedule = new WarmupSchedule(new PolynomialSchedule(), length: 100),
            Clipping = new ClipByNorm(1),
        });
        EvaluationResult result = model.Evaluate(validation);
        Console.WriteLine(result.Report); // precision, recall and F1 for each class
        // end

        _ = (history, answer);
    }

    public static void TextTasks(string folder, Dataset tagged, Dataset questions)
    {
        // snippet: text-tasks
        using TextModel names = Pretrained.DistilBert(folder).For(new TokenClassification(tagged.ClassNames));
        names.FineTune(tagged, new AdamW(5e-5));
        Console.WriteLine(names.Evaluate(tagged).Of<TaggingReport>().Entities!.Micro.F1);
        IReadOnlyList<WordTag> tags = names.TagWords(["Anna", "lives", "in", "Paris"]);

        using TextModel reader = Pretrained.Bert(folder).For(new QuestionAnswering());
        reader.FineTune(questions, new AdamW(3e-5));
        AnswerPrediction found = reader.PredictAnswer("Where does Anna live?", "Anna lives in Paris.");

        using TextModel encoder = Pretrained.Text(folder);
        IReadOnlyList<float[]> vectors = encoder.Embed(["a text", "another text"], TextPooling.Mean);
        // end

        _ = (tags, found, vectors);
    }

    public static void TextLora(string folder, string adapter, Dataset dataset)
    {
        // snippet: text-lora
        using TextModel model = Pretrained.Roberta(folder).ReplaceHead(labels: 2).WithLora(rank: 8, alpha: 16);
        model.FineTune(dataset, new AdamW(3e-4));
        model.SaveAdapter(adapter); // the LoRA weights and the head only
        model.MergeLora().SavePretrained("merged"); // what Python reads as an ordinary network
        // end
    }

    public static void TextPretraining(string folder, IEnumerable<string> articles)
    {
        // snippet: text-pretraining
        using TextModel model = Pretrained.Bert(folder).For(new MaskedLanguageModeling());
        using TokenBlocks blocks = TokenBlocks.Of(articles, model.Tokenizer, length: 128);
        model.FineTune(blocks, new AdamW(1e-4), new FineTuneOptions { Epochs = 1 });
        model.SavePretrained("adapted", halfPrecision: true);
        // end
    }

    public static void ImageLabels()
    {
        // snippet: images-labels
        using Dataset photos = ImageList.Open("photos.csv", new ImageListOptions { LabelSeparator = '|' }); // beach.jpg,sea|sand
        using ImageModel model = Pretrained.ResNet18().For(new MultiLabelClassification(photos.ClassNames));
        model.FineTune(photos, new AdamW(1e-4));
        Console.WriteLine(model.Evaluate(photos).Of<MultiLabelReport>().MeanAveragePrecision);
        foreach (ClassScore label in model.Predict("harbour.jpg").Scores.Where(score => score.Probability > 0.5))
        {
            Console.WriteLine($"{label.Name} {label.Probability:P0}");
        }

        // end
    }

    public static void ImageNumbers()
    {
        // snippet: images-number
        using Dataset faces = ImageList.Open("faces.csv", new ImageListOptions { Target = "age" }); // a header with path and age
        using ImageModel model = Pretrained.ResNet18().For(new Regression());
        model.FineTune(faces, new AdamW(1e-4));
        Console.WriteLine(model.Evaluate(faces).Of<RegressionReport>().MeanAbsoluteError);
        double age = model.PredictNumber("someone.jpg");
        // end

        _ = age;
    }

    public static void PredictMany(TransferModel model, IEnumerable<string> paths)
    {
        // snippet: predict-many
        PredictOptions options = new() { BatchSize = 64, OnBadSample = BadSampleHandling.Skip };
        foreach (Prediction prediction in model.Predict(paths, options))
        {
            Console.WriteLine($"{prediction.Item}: {prediction.ClassName} ({prediction.Probability:P1})");
        }

        // end
    }

    public static void OwnTask(Dataset eggs, Dataset validation)
    {
        // snippet: own-task-use
        OrdinalClassification task = new(["small", "medium", "large"]);
        using ImageModel model = Pretrained.ResNet18().For(task);
        model.FineTune(eggs, new AdamW(1e-4), new FineTuneOptions { Validation = validation }); // keeps the epoch of smallest distance
        Console.WriteLine(model.Evaluate(validation).Of<OrdinalReport>().MeanDistance);
        model.Save("eggs.tl");
        using ImageModel again = ImageModel.Load("eggs.tl", task: task);
        // end
    }

    public static void OwnParts(ImageModel model, Dataset dataset)
    {
        // snippet: own-loss-use
        model.FineTune(dataset, new AdamW(1e-4), new FineTuneOptions { Loss = new GeneralizedCrossEntropy(Q: 0.7) });
        // end

        // snippet: own-method-use
        model.FineTune(dataset, new AdamW(1e-4), new FineTuneOptions { Methods = [new SmallFeatures(0.01)] });
        // end

        // snippet: own-preprocessor-use
        StackedPreprocessor noisy = new NoisyPreprocessor(ImagePipeline.ForTraining(model.Preprocess), deviation: 0.1);
        model.FineTune(dataset, new AdamW(1e-4), new FineTuneOptions { Preprocessor = noisy });
        // end

        // snippet: own-architecture-use
        ModelCatalog.Add(new TinyFamily());
        using ImageModel tiny = ImageModel.Create("tiny", classes: 10);
        // end
    }

    // snippet: own-task
    /// <summary>Classes that have an order: output k says whether a sample is above class k.</summary>
    public sealed record OrdinalClassification(IReadOnlyList<string> Levels) : LearningTask
    {
        public override string Name => "ordinal classification";

        public override HeadSpec Head => new(HeadKind.Pooled, Levels.Count - 1);

        public override void Check(Dataset dataset)
        {
            if (!dataset.ClassNames.SequenceEqual(Levels))
            {
                throw new ArgumentException($"Open the data set with the class names {string.Join(", ", Levels)}, in this order.");
            }
        }

        public override Tensor CollateTargets(IReadOnlyList<Example> examples, ModelInput input)
        {
            IEnumerable<float> above =
                from example in examples
                from level in Enumerable.Range(0, Levels.Count - 1)
                select ((ClassTarget)example.Target).Class > level ? 1f : 0f;
            return tensor([.. above], [examples.Count, Levels.Count - 1]);
        }

        public override StepLoss Compute(ForwardPass pass, Batch batch)
        {
            Tensor above = pass.There(batch.Targets);
            Tensor logits = pass.Run(batch.Input).Outputs;
            Tensor loss = Loss?.Compute(logits, above) ?? nn.functional.binary_cross_entropy_with_logits(logits, above);
            Tensor correct = logits.gt(0).sum(1).eq(above.sum(1)).sum();
            return new StepLoss(loss, batch.Count, correct, logits);
        }

        public override TaskMetric CreateMetric(Dataset dataset) => new Metric();

        private sealed class Metric : TaskMetric
        {
            private double _distance;
            private int _count;

            public override void Add(Batch batch, Tensor outputs)
            {
                _distance += outputs.gt(0).sum(1).sub(batch.Targets.sum(1)).abs().sum().ToDouble();
                _count += batch.Count;
            }

            public override TaskReport ToReport(double meanLoss, double? correctShare)
                => new OrdinalReport(_distance / _count, correctShare!.Value);
        }
    }

    /// <summary>How far predicted classes lie from the true ones.</summary>
    public sealed record OrdinalReport(double MeanDistance, double Accuracy) : TaskReport
    {
        public override Score? Score => new("mean distance", MeanDistance, IsHigherBetter: false);

        public override double? CorrectShare => Accuracy;
    }

    // end

    // snippet: own-loss
    /// <summary>Cross entropy that wrong labels pull at less, (1 - p^q) / q (Zhang and Sabuncu, 2018).</summary>
    public sealed record GeneralizedCrossEntropy(double Q) : LossFunction
    {
        public override Tensor Compute(Tensor outputs, Tensor targets)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor logarithms = nn.functional.log_softmax(outputs, 1).gather(1, targets.unsqueeze(1));
            return logarithms.mul(Q).expm1().div(-Q).mean().MoveToOuterDisposeScope();
        }
    }

    // end

    // snippet: own-method
    /// <summary>Keeps a batch's features small: adds their mean square times a strength to the loss.</summary>
    public sealed record SmallFeatures(double Strength) : TrainingMethod
    {
        public override TrainingMethodState Begin(TrainingMethodContext context) => new State(Strength);

        private sealed class State(double strength) : TrainingMethodState
        {
            public override StepLoss Compute(MethodStep step, Func<Batch, StepLoss> next)
            {
                StepLoss loss = next(step.Batch);
                return loss with { Loss = loss.Loss.add(step.Features!.square().mean().mul(strength)) };
            }
        }
    }

    // end

    // snippet: own-preprocessor
    /// <summary>What another preprocessor makes, with noise on every element.</summary>
    public sealed class NoisyPreprocessor(StackedPreprocessor inner, double deviation) : StackedPreprocessor
    {
        public override IReadOnlyList<long> Shape => inner.Shape;

        public override bool IsDeterministic => false;

        public override string Fingerprint => $"{inner.Fingerprint}; noise {deviation:R}";

        public override Target Apply(Sample sample, ref SeededRandom random, Span<float> destination)
        {
            Target target = inner.Apply(sample, ref random, destination);
            foreach (ref float element in destination)
            {
                element += (float)(deviation * random.NextGaussian());
            }

            return target;
        }

        public override ModelInput ToInput(Tensor values) => inner.ToInput(values);
    }

    // end

    // snippet: own-dataset
    /// <summary>Images that a program makes itself: read one at a time, from any thread.</summary>
    public sealed class Circles(int count) : Dataset
    {
        private const int Side = 32;

        public override int Count => count;

        public override IReadOnlyList<string> ClassNames { get; } = ["small", "large"];

        public override int LabelOf(int index) => index % 2;

        public override string NameOf(int index) => $"circle {index}";

        public override Sample Read(int index)
        {
            CheckIndex(index);
            byte[] rgb = new byte[3 * Side * Side];
            for (int place = 0; place < rgb.Length; place++)
            {
                (int x, int y) = ((place / 3 % Side) - (Side / 2), (place / 3 / Side) - (Side / 2));
                rgb[place] = Math.Sqrt((x * x) + (y * y)) < 5 * (1 + LabelOf(index)) ? byte.MaxValue : (byte)0;
            }

            return new Sample(NameOf(index), LabelOf(index), new RawImage(Side, Side, rgb));
        }
    }

    // end

    // snippet: own-architecture
    /// <summary>The smallest network that learns: one convolution, a mean and a head.</summary>
    public sealed class TinyFamily : ModelFamily
    {
        public override string Name => "Tiny";

        public override string Paper => "none";

        public override IReadOnlyList<ModelVariant> Variants { get; } = [new("tiny", options => new Net(options)) { SmallestInput = 8 }];

        private sealed class Net : ImageNetwork
        {
            [ComponentName(Name = "conv1")]
            private readonly Conv2d _stem;

            public Net(NetworkOptions options)
                : base("tiny")
            {
                _stem = new Conv2d(options.InputChannels, 8, 3, stride: 2, padding: 1);
                SetHead("fc", new Linear(FeatureCount, options.Classes ?? 10));
            }

            public override int FeatureCount => 8;

            public override IReadOnlyList<NetworkStage> Stages { get; } = [new("stem", ["conv1"])];

            // To [N, 8, H/2, W/2].
            protected override IReadOnlyList<BackboneStep> Steps => [new("stem", _stem.call), new("stem", map => map.relu())];
        }
    }

    // end
}
