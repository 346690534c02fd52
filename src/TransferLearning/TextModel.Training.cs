using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace TransferLearning;

public sealed partial class TextModel
{
    private const int DefaultEpochs = 3;
    private const double DefaultClipping = 1;
    private const double DefaultWarmup = 0.1;

    /// <summary>
    /// Trains what is not frozen on a data set. Its contents are <see cref="TextContent"/> for whole texts and for hidden words,
    /// <see cref="TaggedWords"/> for tags, <see cref="QuestionContent"/> for answers, <see cref="TokenContent"/> for language models, <see cref="TextPair"/> for encoder-decoders.
    /// Texts of similar lengths share a batch; weight decay leaves out biases and norms.
    /// </summary>
    /// <param name="dataset">The training samples; their class names become the model's.</param>
    /// <param name="optimizer">The rule: <see cref="AdamW"/> with 5e-5, usually.</param>
    /// <param name="options">
    /// Epochs, batch size, seed, validation and more. Null means three epochs, a rate that rises over the first tenth and then falls to 0 in a
    /// straight line, and gradients clipped to the norm 1. What concerns pictures has no effect.
    /// </param>
    /// <param name="resume">
    /// A folder: the running state is written there as <see cref="FineTuneOptions.Checkpoints"/> says, and a run that left its state there goes on,
    /// bit for bit on the processor. Call it with the model as it was at the start of the run.
    /// </param>
    /// <param name="progress">Told every <see cref="FineTuneOptions.ReportEvery"/> batches and at the end of each epoch.</param>
    /// <param name="cancellationToken">Ends training within one batch; the model keeps the best weights so far, and the history says why it ended.</param>
    /// <returns>What each epoch gave. Regression has no accuracy (not a number), language models none in validation; their best epoch is that of the smallest loss.</returns>
    /// <exception cref="ArgumentException">The head does not fit the data set's classes, nothing is trainable, or an option is wrong.</exception>
    /// <exception cref="SampleLoadException">A sample could not be read, is of another kind, or too long where longer ones are refused.</exception>
    /// <exception cref="TrainingException">The loss is no number any more; the message names epoch and batch.</exception>
    public TrainingHistory FineTune(
        Dataset dataset,
        Optimizer optimizer,
        FineTuneOptions? options = null,
        string? resume = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        FineTuneOptions chosen = Checked(dataset, optimizer, options, resume);
        return Train(dataset, optimizer, chosen, progress, cancellationToken);
    }

    /// <inheritdoc cref="FineTune"/>
    public Task<TrainingHistory> FineTuneAsync(
        Dataset dataset,
        Optimizer optimizer,
        FineTuneOptions? options = null,
        string? resume = null,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        FineTuneOptions chosen = Checked(dataset, optimizer, options, resume);
        return System.Threading.Tasks.Task.Factory.StartNew(
            () => Train(dataset, optimizer, chosen, progress, cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Judges the model on labelled samples. Words to be foretold are hidden by the same draws each time.</summary>
    /// <param name="dataset">The samples.</param>
    /// <param name="batchSize">How many go through the network at once.</param>
    /// <param name="progress">Told how many samples are done.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">The classes differ, there is no sample, or the model has no head.</exception>
    /// <exception cref="SampleLoadException">A sample could not be read or is of another kind.</exception>
    public TextEvaluation Evaluate(Dataset dataset, int batchSize = 32, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        ThrowIfUnfit(dataset);
        TextEvaluation result = Judge(dataset, batchSize, null, progress, cancellationToken);
        return Task == TextTask.QuestionAnswering ? result with { Answers = JudgeAnswers(dataset, batchSize, cancellationToken) } : result;
    }

    /// <inheritdoc cref="Evaluate"/>
    public Task<TextEvaluation> EvaluateAsync(Dataset dataset, int batchSize = 32, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
        => System.Threading.Tasks.Task.Factory.StartNew(
            () => Evaluate(dataset, batchSize, progress, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private FineTuneOptions Checked(Dataset dataset, Optimizer optimizer, FineTuneOptions? options, string? resume)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(optimizer);
        return (options ?? Defaults(dataset.Count)).Resuming(resume).CheckedFor(dataset, ThrowIfUnfit, TrainableParameters);
    }

    private static FineTuneOptions Defaults(int samples)
    {
        FineTuneOptions plain = new() { Epochs = DefaultEpochs };
        int steps = DefaultEpochs * ((samples + plain.BatchSize - 1) / plain.BatchSize);
        return plain with
        {
            Schedule = new WarmupSchedule(new PolynomialSchedule(), (int)(steps * DefaultWarmup)),
            Clipping = new ClipByNorm(DefaultClipping),
        };
    }

    private void ThrowIfUnfit(Dataset dataset)
    {
        bool hasClasses = Task == TextTask.TokenClassification || (Task == TextTask.SequenceClassification && Problem != TextProblem.Regression);
        if (hasClasses && dataset.ClassNames.Count != Labels)
        {
            string verb = Task == TextTask.TokenClassification ? "ForTokenClassification" : Problem == TextProblem.MultipleLabels ? "ForMultipleLabels" : "ReplaceHead";
            throw new ArgumentException(
                $"The head of {Architecture} tells {Labels} classes apart, and the data set has {dataset.ClassNames.Count} "
                + $"({string.Join(", ", dataset.ClassNames.Take(5))}{(dataset.ClassNames.Count > 5 ? ", …" : "")}). Call {verb}({dataset.ClassNames.Count}) first.",
                nameof(dataset));
        }

        if (Task is TextTask.Features)
        {
            throw new ArgumentException(
                $"This {Architecture} is for {Task} and has no head that learns from labels; call ReplaceHead(labels), ForTokenClassification(labels), "
                + "ForQuestionAnswering() or ForMaskedLanguageModel() first.",
                nameof(dataset));
        }
    }

    private TrainingHistory Train(
        Dataset dataset, Optimizer optimizer, FineTuneOptions options, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        ILogger logger = options.Logger ?? NullLogger.Instance;
        foreach (string note in LibTorch.Diagnostics)
        {
            TrainingLog.Note(logger, note);
        }

        TrainingLog.Started(logger, TrainableParameters, Module.parameters().Sum(parameter => parameter.numel()), Architecture, dataset.Count, options.Epochs);
        if (Task is TextTask.SequenceClassification or TextTask.TokenClassification && Problem != TextProblem.Regression)
        {
            LabelNames = dataset.ClassNames;
        }

        // In texts' networks the decay of biases and norms is left out, as the papers do.
        options = options with { NoDecayOnBiasAndNorm = true };
        TrainingHistory history = (HasFixedFeatures ? TrainOnFeatures(dataset, optimizer, options, logger, progress, cancellationToken) : null)
            ?? TrainOnTexts(dataset, optimizer, options, logger, progress, cancellationToken);
        LibTorch.TrimMemory();
        return history;
    }

    private TrainingHistory TrainOnTexts(
        Dataset dataset, Optimizer optimizer, FineTuneOptions options, ILogger logger, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        TextEncoding encoding = Encoding();
        TextLoader loader = new(dataset, encoding, Reading(options.BatchSize, options.Workers) with { Shuffle = true, Seed = options.Seed });
        TextStep step = new(Module, Device, Problem, options.Loss);
        TrainingTask task = TaskOf(
            step.Compute,
            dataset,
            options,
            options.Validation is { } validation ? token => Score(Judge(validation, options.BatchSize, options.Workers, null, token)) : null);
        using Trainer trainer = new(task, new TextBatches(loader), optimizer, options, progress);
        TrainingHistory history = trainer.Run(cancellationToken);
        NoteTruncation(logger, encoding, $"in {history.Epochs.Count} epochs");
        return history;
    }

    /// <summary>Whether what enters the head is the same in every epoch: nothing else is trained, and each text has one label.</summary>
    private bool HasFixedFeatures
        => Task == TextTask.SequenceClassification && Problem == TextProblem.SingleLabel
            && Module.named_parameters().All(entry => !entry.parameter.requires_grad || Module.IsInHead(entry.name));

    /// <summary>Trains the head on pooled vectors that are worked out once; null where they cannot be kept.</summary>
    private TrainingHistory? TrainOnFeatures(
        Dataset dataset, Optimizer optimizer, FineTuneOptions options, ILogger logger, IProgress<TrainingProgress>? progress, CancellationToken cancellationToken)
    {
        Stopwatch clock = Stopwatch.StartNew();
        try
        {
            if (FeaturesOf(dataset) is not { } own)
            {
                return null;
            }

            Func<CancellationToken, (double Loss, double Accuracy)>? judge = null;
            if (options.Validation is { } validation)
            {
                judge = FeaturesOf(validation) is { } rows
                    ? _ => FeatureJudge.Run(Module.ForwardHead, Device, new FeatureBatches(rows, validation.LabelOf, options.BatchSize, shuffle: false, 0))
                    : token => Score(Judge(validation, options.BatchSize, options.Workers, null, token));
            }

            ClassificationStep step = new(Device, rows => (Module.ForwardHead(rows), []), options.Loss);
            FeatureBatches batches = new(own, dataset.LabelOf, options.BatchSize, shuffle: true, options.Seed);
            using Trainer trainer = new(TaskOf(step.Compute, dataset, options, judge), batches, optimizer, options, progress);
            TrainingHistory history = trainer.Run(cancellationToken);
            return history with { Seconds = clock.Elapsed.TotalSeconds };
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return new TrainingHistory([], StopReason.Cancelled, 0, TrainableParameters, 0, clock.Elapsed.TotalSeconds);
        }

        FeatureRows? FeaturesOf(Dataset samples)
        {
            TextEncoding encoding = Encoding();
            TextLoader loader = new(samples, encoding, Reading(options.BatchSize, options.Workers));
            FeatureRows? rows = new TextFeatures(Module, Device, options.FeatureCache, logger, options.Precision).Of(loader, cancellationToken);
            NoteTruncation(logger, encoding, "while features were worked out");
            return rows;
        }
    }

    private TrainingTask TaskOf(
        Func<IBatch, StepLoss> compute, Dataset dataset, FineTuneOptions options, Func<CancellationToken, (double Loss, double Accuracy)>? judge)
        => new(Module, StageGroups.Of(Module, Module.Stages, "head", _layerDecay), compute, FreezeStatistics: true, judge)
        {
            Identity = options.Checkpoints is null
                ? []
                : new Dictionary<string, string>
                {
                    ["architecture"] = $"{Architecture} for {Task}, {Labels} labels",
                    ["training samples"] = dataset.Fingerprint,
                    ["validation samples"] = options.Validation?.Fingerprint ?? "none",
                    ["longest text"] = RunIdentity.Describe(MaximumLength),
                },
        };

    private void NoteTruncation(ILogger logger, TextEncoding encoding, string when)
    {
        if (encoding.TruncatedTexts > 0)
        {
            TrainingLog.Note(
                logger,
                $"Texts longer than {MaximumLength} tokens were truncated {encoding.TruncatedTexts} times {when}; WithMaximumLength sets the length, or refuses them.");
        }
    }

    // What has no accuracy is judged by its loss alone.
    private static (double Loss, double Accuracy) Score(TextEvaluation result) => (result.Loss, result.Perplexity is null ? result.Accuracy ?? double.NaN : double.NaN);

    private TextEvaluation Judge(Dataset dataset, int batchSize, int? workers, IProgress<int>? progress, CancellationToken cancellationToken)
        => new TextJudge(Module, Device, Problem, new TextLoader(dataset, Encoding(), Reading(batchSize, workers))).Run(progress, cancellationToken);

    private AnswerScore JudgeAnswers(Dataset dataset, int batchSize, CancellationToken cancellationToken)
    {
        List<(AnswerPrediction Found, IReadOnlyList<TextAnswer> Real)> answers = [];
        for (int i = 0; i < dataset.Count; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            QuestionContent content = (QuestionContent)dataset.Read(i).Content;
            answers.Add((FindAnswer(content.Question, content.Context, batchSize), content.Answers));
        }

        // Only where some questions have no answer may the model say so.
        bool mayLack = answers.Exists(pair => pair.Real.Count == 0);
        AnswerMatch match = new();
        foreach ((AnswerPrediction found, IReadOnlyList<TextAnswer> real) in answers)
        {
            match.Add(mayLack && found.NoAnswerScore > found.Score ? "" : found.Text, [.. real.Select(answer => answer.Text)]);
        }

        return match.Score;
    }

    private TextEncoding Encoding() => Task switch
    {
        TextTask.TokenClassification => new WordTagEncoding(Tokenizer, MaximumLength, RefusesLonger),
        TextTask.QuestionAnswering => new AnswerEncoding(Tokenizer, MaximumLength, RefusesLonger),
        TextTask.MaskedLanguageModel => new MaskedEncoding(Tokenizer, MaximumLength, RefusesLonger),
        TextTask.SequenceToSequence => PairEncoding(),
        TextTask.CausalLanguageModel => new PlainEncoding(Tokenizer, MaximumLength, RefusesLonger),
        _ => new ClassEncoding(Tokenizer, MaximumLength, RefusesLonger, Problem, Labels),
    };

    private static TextLoaderOptions Reading(int batchSize, int? workers)
    {
        TextLoaderOptions plain = new() { BatchSize = batchSize };
        return workers is { } threads ? plain with { Workers = threads } : plain;
    }
}
