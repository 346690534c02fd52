namespace TransferLearning.Tests;

/// <summary>The code blocks of the page on data quality, where the compiler sees them.</summary>
internal static class DataQualitySnippets
{
    public static void Sentence(ImageModel model, Dataset training, Dataset test)
    {
        // snippet: audit-sentence
        AuditFindings findings = DataAudit.Run(model, training, new AuditOptions { Test = test });
        Console.WriteLine(findings);
        Dataset clean = training.Without(findings);
        // end

        _ = clean;
    }

    public static void Table(AuditFindings findings, Dataset training)
    {
        // snippet: audit-table
        findings.SaveCsv("findings.csv"); // edit the columns action and suggested, delete rows
        AuditFindings decided = AuditFindings.ReadCsv("findings.csv", training);
        Dataset clean = training.Relabelled(decided).Without(decided); // first relabel, then remove
        // end

        _ = clean;
    }

    public static void Actions(AuditFindings findings, Dataset training)
    {
        // snippet: audit-actions
        AuditFindings sure = findings.Of(FindingKind.LabelError).With(FindingKind.LabelError, FindingAction.Remove);
        Dataset smaller = training.Without(sure);
        foreach (Finding finding in sure.Where(finding => finding.Evidence < 0.01))
        {
            Console.WriteLine($"{finding.Name}: {finding.Label}, rather {finding.SuggestedLabel}");
        }
        // end

        _ = smaller;
    }

    public static void CoreSets(ImageModel model, Dataset training)
    {
        // snippet: core-sets
        using FeatureSet features = model.ExtractFeatures(training);
        IReadOnlyList<int> hardest = CoreSet.ByMargin(new LogisticProbe().OutOfFold(features).Probabilities, count: 5000);
        IReadOnlyList<int> spread = CoreSet.KCentre(features.Features, count: 5000).Order;
        Dataset small = training.Subset(hardest.Select(row => features.Indices[row]));
        // end

        _ = (spread, small);
    }

    public static void Active(ImageModel model, Dataset pool, List<int> labelled, FeatureCache cache)
    {
        // snippet: active-learning
        ActiveOptions options = new() { Labelled = labelled, Features = new FeatureOptions { Cache = cache } };
        foreach (int sample in ActiveSelection.Next(model, pool, count: 100, ActiveStrategy.Margin, options))
        {
            Console.WriteLine($"please label {pool.NameOf(sample)}");
            labelled.Add(sample);
        }
        // end
    }
}
