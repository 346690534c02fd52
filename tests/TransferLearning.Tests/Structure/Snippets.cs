using TransferLearning.Keras;

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

    public static void TextSentence(string folder, Dataset questions, Dataset testQuestions)
    {
        // snippet: text-sentence
        using TextModel model = Pretrained.Bert(folder).ReplaceHead(labels: 6);
        TrainingHistory history = model.FineTune(questions, new AdamW(5e-5));
        EvaluationResult result = model.Evaluate(testQuestions);
        Prediction p = model.Predict("Who wrote Hamlet?");
        // end

        _ = (history, result, p);
    }

    public static double WholeLine(string images, string weights, string saved)
    {
        // snippet: whole-line
        using Dataset training = ImageFolder.Open(images, "train");
        using Dataset validation = ImageFolder.Open(images, "val");
        using TransferModel model = Pretrained.ResNet20(weights).ReplaceHead(training.ClassNames.Count);

        // First the head alone, on features that are worked out once; then everything, more gently.
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
        using TransferModel model = KerasPretrained.ResNet50("resnet50_weights_tf_dim_ordering_tf_kernels.h5").ReplaceHead(10).FreezeBackbone();
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

    public static void Features(TransferModel model, Dataset images, FeatureCache cache)
    {
        // snippet: features-extract
        using FeatureSet features = model.ExtractFeatures(images, new FeatureOptions { Cache = cache, BatchSize = 64 });
        float[] first = features.ToArray(0); // 512 numbers of a ResNet-18
        features.Save("features.safetensors");
        using FeatureSet again = FeatureSet.Load("features.safetensors");
        // end

        _ = (first, again);
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
        string text = model.Generate("The best thing about a rainy day is", new GenerationOptions { MaxNewTokens = 40, Beams = 4, NoRepeatNGram = 3 });

        GenerationOptions drawn = new() { Sample = true, Temperature = 0.8, TopK = 50, TopP = 0.95, Seed = 1, StopWords = ["\n\n"] };
        await foreach (string part in model.StreamAsync("Dear Sir,", drawn))
        {
            Console.Write(part);
        }

        using TextModel translator = Pretrained.Marian(marian);
        IReadOnlyList<string> german = translator.Translate(["A dog runs in the park.", "Two men play a game."]);

        using TextModel summarizer = Pretrained.T5(t5); // its config.json knows the words that ask for a summary
        IReadOnlyList<string> summaries = summarizer.Summarize(articles, new GenerationOptions { Beams = 4, MaxNewTokens = 80, NoRepeatNGram = 3 });
        // end

        _ = (text, german, summaries);
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
        translator.FineTune(pairs, new AdamW(2e-5), new FineTuneOptions { Epochs = 3, BatchSize = 16, Loss = new CrossEntropyLoss(labelSmoothing: 0.1) });
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

    public static void FindRate(TransferModel model, Dataset training, FineTuneOptions options)
    {
        // snippet: training-rate
        LearningRateCurve curve = model.FindLearningRate(training, new AdamW(), new LearningRateFinderOptions { Training = options });
        model.FineTune(training, new AdamW(curve.Suggestion), options);
        // end
    }

    public static void Text(string folder, Dataset dataset, Dataset validation)
    {
        // snippet: text-sentence
        using TextModel model = Pretrained.Bert(folder).ReplaceHead(labels: 6);
        TrainingHistory history = model.FineTune(dataset, new AdamW(5e-5));
        Prediction answer = model.Predict("What is the capital of France ?");
        model.Save("questions");
        using TextModel again = TextModel.Load("questions");
        // end

        // snippet: text-options
        model.WithMaximumLength(128).UnfreezeFrom("layer.8").WithLayerDecay(0.9);
        model.FineTune(dataset, new AdamW(2e-5), new FineTuneOptions
        {
            Epochs = 3,
            BatchSize = 16,
            Validation = validation,
            Schedule = new WarmupSchedule(new PolynomialSchedule(), length: 100),
            Clipping = new ClipByNorm(1),
        });
        EvaluationResult result = model.Evaluate(validation);
        Console.WriteLine(result.Report);
        // end

        _ = (history, answer);
    }

    public static void TextTasks(string folder, Dataset tagged, Dataset questions)
    {
        // snippet: text-tasks
        using TextModel names = Pretrained.DistilBert(folder).For(new TokenClassification(tagged.ClassNames.Count));
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
}
