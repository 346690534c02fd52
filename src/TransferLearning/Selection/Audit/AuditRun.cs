namespace TransferLearning;

/// <summary>One audit, step by step.</summary>
internal sealed class AuditRun
{
    private readonly TransferModel? _model;
    private readonly Dataset _dataset;
    private readonly AuditOptions _options;
    private readonly IProgress<AuditProgress>? _progress;
    private readonly CancellationToken _cancellationToken;
    private readonly List<Finding> _findings = [];
    private readonly List<string> _notChecked = [];

    public AuditRun(
        TransferModel? model, Dataset dataset, AuditOptions options, IProgress<AuditProgress>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        options.Validate();
        (_model, _dataset, _options, _progress, _cancellationToken) = (model, dataset, options, progress, cancellationToken);
        if (dataset.Count == 0)
        {
            throw new ArgumentException($"There is no sample in {dataset}.", nameof(dataset));
        }
    }

    public AuditFindings Run()
    {
        SampleScan scan = new(_options.Codec ?? (_model as ImageModel)?.Codec ?? ImageCodec.Default, _options.BlankBelow);
        SampleFacts[] facts = scan.Run(_dataset, _options.Workers, Step("reading samples", _dataset.Count), _cancellationToken);
        Dataset? test = _options.Test;
        SampleFacts[] testFacts = test is null
            ? []
            : scan.Run(test, _options.Workers, Step("reading test samples", test.Count), _cancellationToken);
        for (int index = 0; index < facts.Length; index++)
        {
            if (facts[index].Problem is { } problem)
            {
                Add(index, FindingKind.Unreadable, 1, $"{problem} Remove it, or copy it again.", FindingAction.Remove);
            }
            else if (facts[index].Blank is { } blank)
            {
                Add(index, FindingKind.Blank, 1, $"there is nothing in it: {blank}; remove it unless that is meant so", FindingAction.Keep);
            }
        }

        AddOdd(facts);
        using FeatureSet? features = FeaturesOf(_dataset, facts, "features");
        using FeatureSet? ofTest = features is null || test is null ? null : FeaturesOf(test, testFacts, "features of the test set");
        AddDuplicates([.. facts, .. testFacts], features, ofTest);
        AddOutliers(features);
        (double[]? quality, double? agreement) = AddLabelErrors(features);
        ImageFacts[] images = [.. facts.Select(fact => fact.Image).OfType<ImageFacts>()];
        return new AuditFindings(_findings.OrderBy(finding => finding.Kind)) // stable: each kind has its own order
        {
            SampleCount = _dataset.Count,
            Balance = HasClasses() && _dataset.ClassNames.Count > 0 ? Balance() : null,
            Channels = ImageChecks.Channels(images),
            ColorModes = images.GroupBy(image => image.ColorMode).ToDictionary(group => group.Key, group => group.Count()),
            LabelQuality = quality,
            ProbeAgreement = agreement,
            NotChecked = _notChecked,
        };
    }

    private void AddOdd(SampleFacts[] facts)
    {
        foreach ((int index, FindingKind kind, double evidence, string message) in new ImageChecks(_options).Run(facts))
        {
            Add(index, kind, evidence, message, FindingAction.Keep);
        }

        double[] lengths = [.. facts.Where(fact => fact.Seconds is not null).Select(fact => fact.Seconds!.Value)];
        double usual = lengths.Length > 0 ? ImageHash.Median(lengths) : 0;
        for (int index = 0; index < facts.Length; index++)
        {
            if (facts[index].Seconds is { } seconds && (seconds > usual * _options.SizeFactor || seconds < usual / _options.SizeFactor))
            {
                Add(index, FindingKind.Size, seconds, string.Create(
                CultureInfo.InvariantCulture,
                    $"it lasts {seconds:G3} s, and half the sounds {usual:G3} s or more; look whether it was cut"), FindingAction.Keep);
            }
        }
    }

    private FeatureSet? FeaturesOf(Dataset dataset, SampleFacts[] facts, string step)
    {
        if (_model is null || Array.TrueForAll(facts, fact => fact.Problem is not null))
        {
            _notChecked.Add($"labels, outliers, likeness of features: {(_model is null ? "they need a model" : "no sample can be read")}");
            return null;
        }

        FeatureOptions options = _options.Features with
        {
            OnBadSample = BadSampleHandling.Skip,
            Codec = _options.Features.Codec ?? (_model is ImageModel ? _options.Codec : null),
        };
        FeatureSet features = _model.ExtractFeatures(dataset, options, Step(step, dataset.Count), _cancellationToken);
        HashSet<int> readable = [.. features.Indices];
        for (int index = 0; index < facts.Length && dataset == _dataset; index++)
        {
            if (facts[index].Problem is null && !readable.Contains(index))
            {
                Add(
                    index, FindingKind.Unreadable, 1,
                    "it can be decoded, and the model's preprocessing refused it. Remove it, or preprocess otherwise.",
                    FindingAction.Remove);
            }
        }

        return features;
    }

    private void AddDuplicates(SampleFacts[] facts, FeatureSet? features, FeatureSet? ofTest)
    {
        Step("duplicates", _dataset.Count)?.Report(0);
        DuplicateSearch search = new(facts, _dataset.Count);
        search.ByContent();
        search.ByWords();
        if (_options.HashDistance is { } distance)
        {
            search.ByHash(distance, _cancellationToken);
        }

        DuplicateSearch.Duplicate[] found = [.. search.Found().OrderBy(one => one.How is not null)];
        foreach (DuplicateSearch.Duplicate one in found)
        {
            AddDuplicate(one, FindingAction.Remove);
        }

        if (features is not null && _options.FeatureSimilarity is { } similarity)
        {
            // Apart, because a network may see two things as one: those are for a person to look at.
            HashSet<int> known = [.. found.Select(one => one.Index)];
            DuplicateSearch seen = new(facts, _dataset.Count);
            seen.ByFeatures(features, ofTest, similarity, _cancellationToken);
            foreach (DuplicateSearch.Duplicate one in seen.Found()
                .Where(one => !known.Contains(one.Index))
                .OrderByDescending(one => one.Measure))
            {
                AddDuplicate(one, FindingAction.Keep);
            }
        }
    }

    private void AddDuplicate(DuplicateSearch.Duplicate found, FindingAction action)
    {
        bool isInTest = found.Other >= _dataset.Count;
        string other = isInTest ? _options.Test!.NameOf(found.Other - _dataset.Count) : _dataset.NameOf(found.Other);
        string alike = found.How is null
            ? $"it is the same as '{other}'"
            : $"it is nearly the same as '{other}' ({found.How})";
        string? own = FindingTable.ClassOf(_dataset, found.Index);
        string? theirs = isInTest ? null : FindingTable.ClassOf(_dataset, found.Other);
        if (isInTest)
        {
            Add(
                found.Index, FindingKind.Leak, found.Measure,
                $"{alike} of the test set, so the test would be of what was learned by heart; {Advice(action)}", action, other);
        }
        else if (found.How is null && own != theirs)
        {
            Add(
                found.Index, FindingKind.LabelConflict, found.Measure,
                $"{alike}, which is labelled '{theirs}' where this is '{own}'; decide which is right", FindingAction.Keep, other);
        }
        else
        {
            Add(
                found.Index, found.How is null ? FindingKind.ExactDuplicate : FindingKind.NearDuplicate, found.Measure,
                own == theirs ? $"{alike}; {Advice(action)}" : $"{alike}, which is labelled '{theirs}' where this is '{own}'; look at both",
                own == theirs ? action : FindingAction.Keep, other);
        }
    }

    private static string Advice(FindingAction action) => action == FindingAction.Remove ? "remove it" : "look at both";

    private void AddOutliers(FeatureSet? features)
    {
        if (features is null || _options.OutlierNeighbours is not { } neighbours || features.Count < 2)
        {
            return;
        }

        KnnOutliers outliers = KnnOutliers.Of(
            features.Features, neighbours, Step("neighbours", features.Count), _cancellationToken);
        RobustScale usual = RobustScale.Of([.. outliers.MeanDistances]);
        foreach (int row in Enumerable.Range(0, features.Count)
            .Where(row => usual.Score(outliers.MeanDistances[row]) > _options.UnusualDeviations)
            .OrderByDescending(row => outliers.MeanDistances[row]))
        {
            double times = outliers.MeanDistances[row] / usual.Median;
            Add(features.Indices[row], FindingKind.Outlier, usual.Score(outliers.MeanDistances[row]), string.Create(
                CultureInfo.InvariantCulture,
                $"its nearest neighbours are {times:F1} times as far as usual, the nearest is "
                    + $"'{_dataset.NameOf(features.Indices[outliers.Nearest[row]])}'; look whether it belongs here"), FindingAction.Keep);
        }
    }

    private (double[]? Quality, double? Agreement) AddLabelErrors(FeatureSet? features)
    {
        if (features is null || _options.LabelIssues is not { } method)
        {
            return (null, null);
        }

        if (!HasClasses())
        {
            _notChecked.Add($"labels: the samples do not have one class each ({_dataset.TargetOf(0).GetType().Name})");
            return (null, null);
        }

        int[] labels = [.. features.Indices.Select(_dataset.LabelOf)];
        Step("labels", features.Count)?.Report(0);
        (double[,] Probabilities, bool[] WasHeldOut) folds;
        try
        {
            folds = _options.Probe.OutOfFold(features.Features, labels, _dataset.ClassNames.Count, _cancellationToken);
        }
        catch (ArgumentException exception)
        {
            _notChecked.Add($"labels: {exception.Message}");
            return (null, null);
        }

        ConfidentLearning analysis = new(folds.Probabilities, labels);
        double[] confidence = analysis.SelfConfidence();
        double[] quality = new double[_dataset.Count];
        quality.AsSpan().Fill(double.NaN);
        for (int row = 0; row < labels.Length; row++)
        {
            quality[features.Indices[row]] = folds.WasHeldOut[row] ? confidence[row] : double.NaN;
        }

        foreach (int row in analysis.Issues(method).Where(row => folds.WasHeldOut[row]).OrderBy(row => confidence[row]))
        {
            int guess = analysis.Predicted(row);
            Add(features.Indices[row], FindingKind.LabelError, confidence[row], string.Create(
                CultureInfo.InvariantCulture,
                $"it is labelled '{_dataset.ClassNames[labels[row]]}' (probability {confidence[row]:F3} by a probe that has not seen "
                    + $"it) and looks like '{_dataset.ClassNames[guess]}' ({folds.Probabilities[row, guess]:F3}); look, then "
                    + $"relabel, remove or keep it"), FindingAction.Keep, null, _dataset.ClassNames[guess]);
        }

        int[] held = [.. Enumerable.Range(0, labels.Length).Where(row => folds.WasHeldOut[row])];
        return (quality, held.Length == 0 ? null : held.Count(row => analysis.Predicted(row) == labels[row]) / (double)held.Length);
    }

    private bool HasClasses() => _dataset.TargetOf(0) is ClassTarget;

    private ClassBalance Balance()
    {
        int[] counts = new int[_dataset.ClassNames.Count];
        for (int index = 0; index < _dataset.Count; index++)
        {
            counts[_dataset.LabelOf(index)]++;
        }

        return new ClassBalance(counts);
    }

    private StepProgress? Step(string name, int total) => _progress is null ? null : new StepProgress(_progress, name, total);

    private void Add(
        int index, FindingKind kind, double evidence, string message, FindingAction action, string? other = null, string? suggested = null)
        => _findings.Add(new Finding(index, _dataset.NameOf(index), kind, evidence, message, action)
        {
            Label = FindingTable.ClassOf(_dataset, index),
            SuggestedLabel = suggested,
            Other = other,
        });
}
