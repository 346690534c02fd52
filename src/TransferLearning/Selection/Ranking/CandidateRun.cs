using System.Diagnostics;

namespace TransferLearning;

/// <summary>Looks at one candidate: its features, its scores, and what a step of training takes.</summary>
internal sealed class CandidateRun(ModelCandidate candidate, RankingData data, ModelRankingOptions options)
{
    // Accuracies need no more: the last digits of a probe that separates all samples cost most of its time.
    private const int MostIterations = 100;
    private static readonly double[] Strengths = [1e-4, 1e-3, 1e-2, 1e-1, 1, 1e1, 1e2];

    private double? _featureSecondsPerSample;

    /// <summary>Looks at the candidate.</summary>
    /// <param name="progress">Receives of how many samples features were computed.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>What was found, and the features, whose tensors the caller disposes.</returns>
    /// <exception cref="ArgumentException">The candidate does not fit the data; the message names it.</exception>
    public (RankedModel Row, ProbeRows Training, ProbeRows? Validation) Run(Action<int> progress, CancellationToken cancellationToken)
    {
        Stopwatch clock = Stopwatch.StartNew();
        TransferModel model = candidate.Open();
        try
        {
            double loadSeconds = clock.Elapsed.TotalSeconds;
            return Run(model, loadSeconds, progress, cancellationToken);
        }
        catch (ArgumentException exception)
        {
            throw new ArgumentException(
                $"The candidate '{candidate.Name}' ({model.Architecture}) cannot be ranked on {data.Whole}: {exception.Message}",
                exception);
        }
        finally
        {
            if (candidate.IsMadeHere)
            {
                model.Dispose();
            }
        }
    }

    private (RankedModel Row, ProbeRows Training, ProbeRows? Validation) Run(
        TransferModel model, double loadSeconds, Action<int> progress, CancellationToken cancellationToken)
    {
        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Stopwatch clock = Stopwatch.StartNew();
        (ProbeRows training, int skipped, Tensor? source) = Features(model, data.Sample, timed: true, progress, cancellationToken);
        ProbeRows? validation = data.Validation is null
            ? null
            : Features(model, data.Validation, timed: false, _ => { }, cancellationToken).Rows;
        double featureSeconds = clock.Elapsed.TotalSeconds;
        clock.Restart();
        TransferabilityScores scores = TransferabilityScores.Of(training.Features, training.Labels, source);
        Classification task = new(training.ClassCount);
        LogisticProbe logistic = new()
        {
            Folds = options.Folds,
            Seed = options.Seed,
            Candidates = Strengths,
            MaximumIterations = MostIterations,
        };
        using LinearFit probe = logistic.Fit(training.Features, training.Labels, task, cancellationToken);
        using LinearFit ridge = new RidgeProbe().Fit(training.Features, training.Labels, task, cancellationToken);
        double neighbors = validation is null
            ? NearestNeighbors.LeaveOneOutAccuracy(training.Features, training.Labels, options.Neighbors)
            : validation.Accuracy(
                NearestNeighbors.Predict(training.Features, training.Labels, validation.Features, options.Neighbors));
        double means = ClassMeans(training, validation);
        double scoreSeconds = clock.Elapsed.TotalSeconds;
        (double? stepSeconds, string? note) = candidate.IsMadeHere
            ? TrainingTime.PerSample(model, data, options, cancellationToken)
            : (null, options.TimedSteps == 0 ? null : "a model that was given is not changed by steps of training: give a factory");
        RankedModel row = new(
            candidate.Name,
            model.Architecture,
            model.Module.parameters().Sum(parameter => parameter.numel()),
            (int)training.Features.size(1),
            scores,
            validation?.Accuracy(probe) ?? CrossValidated(probe),
            training.Accuracy(probe),
            probe.Strength,
            validation?.Accuracy(ridge) ?? CrossValidated(ridge),
            neighbors,
            means,
            training.Classes.Length,
            skipped,
            loadSeconds,
            featureSeconds,
            scoreSeconds,
            _featureSecondsPerSample,
            stepSeconds,
            note);
        foreach (ProbeRows? kept in new[] { training, validation })
        {
            kept?.Features.MoveToOuterDisposeScope();
            kept?.Labels.MoveToOuterDisposeScope();
        }

        return (row, training, validation);
    }

    private (ProbeRows Rows, int Skipped, Tensor? Source) Features(
        TransferModel model, Dataset dataset, bool timed, Action<int> progress, CancellationToken cancellationToken)
    {
        using IDisposable use = model.Use();
        ModelParts parts = model.Parts();
        int computed = 0;
        Stopwatch clock = Stopwatch.StartNew();
        FeatureRows rows = model.RowsOf(
            parts,
            dataset,
            options.Features,
            new DirectProgress(done =>
            {
                computed = done;
                progress(done);
            }),
            cancellationToken);
        if (timed && computed > 0)
        {
            _featureSecondsPerSample = clock.Elapsed.TotalSeconds / computed;
        }

        using FeatureSet set = FeatureSet.Of(rows, dataset);
        long[] labels = [.. set.Labels.data<long>()];
        long[] classes = Array.ConvertAll(labels, label => (long)Math.Max(-1, Array.BinarySearch(data.Occurring, (int)label)));
        ProbeRows found = new(set.Features.alias(), tensor(classes), data.Occurring.Length);
        int missing = timed ? Enumerable.Range(0, found.ClassCount).FirstOrDefault(number => !classes.Contains(number), -1) : -1;
        return missing < 0
            ? (found, rows.Skipped, timed ? SourceProbabilities(model, parts, rows, dataset, cancellationToken) : null)
            : throw new ArgumentException(
                $"no readable sample of the class '{data.Whole.ClassNames[data.Occurring[missing]]}' is left, and "
                    + $"{rows.Skipped} were skipped.");
    }

    // What the head that came with the weights says; a head that nobody trained says nothing.
    private static Tensor? SourceProbabilities(
        TransferModel model, ModelParts parts, FeatureRows rows, Dataset dataset, CancellationToken cancellationToken)
    {
        bool isTrained = model.LearningTask is Classification { HasClassNames: true }
            || (model.LearningTask is Classification
                && model.Adaptation.Head is null
                && model.LoadReport?.Applied.Contains($"{model.Module.FinalLayerName}.weight") == true);
        if (!isTrained || model.HasUntrainedHead || model.Module.HeadKind != HeadKind.Pooled)
        {
            return null;
        }

        ForwardPass pass = new FrozenPart(model.Module).Rest(model.Device);
        List<Tensor> all = [];
        FeatureBatches batches = new(rows, dataset, ClassCollator.Instance, new LoaderOptions { BatchSize = 1024 });
        foreach (Batch batch in batches.Epoch(0, 0, cancellationToken))
        {
            using (batch)
            using (DisposeScope scope = NewDisposeScope())
            {
                all.Add(pass.Run(batch.Input).Outputs.softmax(1).cpu().MoveToOuterDisposeScope());
            }
        }

        return cat(all, 0);
    }

    private double ClassMeans(ProbeRows training, ProbeRows? validation)
    {
        if (validation is not null)
        {
            using NearestClassMean all = NearestClassMean.Fit(training.Features, training.Labels);
            return validation.Accuracy(all.Predict(validation.Features));
        }

        int[] fold = StratifiedFolds.Of(training.Classes, options.Folds, options.Seed);
        double correct = 0;
        int count = 0;
        foreach (int part in fold.Where(part => part >= 0).Distinct())
        {
            using DisposeScope scope = NewDisposeScope();
            ProbeRows held = training.Some([.. Rows(row => fold[row] == part)]);
            ProbeRows fitted = training.Some([.. Rows(row => fold[row] != part)]);
            using NearestClassMean means = NearestClassMean.Fit(fitted.Features, fitted.Labels);
            correct += held.Accuracy(means.Predict(held.Features)) * held.Classes.Length;
            count += held.Classes.Length;
        }

        return correct / count;

        IEnumerable<int> Rows(Func<int, bool> isChosen) => Enumerable.Range(0, fold.Length).Where(isChosen);
    }

    private static double CrossValidated(LinearFit fit)
        => fit.Candidates.First(tried => tried.Strength == fit.Strength).Accuracy!.Value;

    private sealed class DirectProgress(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
