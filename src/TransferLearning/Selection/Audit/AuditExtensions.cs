namespace TransferLearning;

/// <summary>Acts on findings. First relabel, then remove: numbers of samples change when some are left out.</summary>
public static class AuditExtensions
{
    /// <summary>The samples without those that findings say to remove.</summary>
    /// <param name="dataset">The data set that was audited.</param>
    /// <param name="findings">The findings; those with other actions have no effect.</param>
    /// <returns>A view: it owns nothing and works as long as this set does.</returns>
    /// <exception cref="ArgumentException">A finding is about no sample of this set.</exception>
    public static Dataset Without(this Dataset dataset, AuditFindings findings)
    {
        HashSet<int> removed = [.. About(dataset, findings, FindingAction.Remove).Select(finding => finding.Index)];
        return dataset.Subset(Enumerable.Range(0, dataset.Count).Where(index => !removed.Contains(index)));
    }

    /// <summary>The samples with the labels that findings suggest, where they say to relabel.</summary>
    /// <param name="dataset">The data set that was audited, all of it: call this before <see cref="Without"/>.</param>
    /// <param name="findings">The findings; those with other actions have no effect.</param>
    /// <returns>A view: it owns nothing and works as long as this set does.</returns>
    /// <exception cref="ArgumentException">A finding is about no sample of this set, names no class of it, or contradicts another
    /// one.</exception>
    public static Dataset Relabelled(this Dataset dataset, AuditFindings findings)
    {
        Dictionary<int, string> labels = [];
        foreach (Finding finding in About(dataset, findings, FindingAction.Relabel))
        {
            string label = finding.SuggestedLabel
                ?? throw new ArgumentException($"'{finding.Name}' is to be relabelled, and there is no suggested label.", nameof(findings));
            if (!labels.TryAdd(finding.Index, label) && labels[finding.Index] != label)
            {
                throw new ArgumentException(
                    $"'{finding.Name}' is to become '{labels[finding.Index]}' by one finding and '{label}' by another.", nameof(findings));
            }
        }

        return dataset.Relabelled(labels);
    }

    /// <summary>The samples with other labels.</summary>
    /// <param name="dataset">The set.</param>
    /// <param name="labels">The name of the class of each sample that gets another one, by its number.</param>
    /// <returns>A view: it owns nothing and works as long as this set does.</returns>
    /// <exception cref="ArgumentException">There is no such sample or class, or a sample has no single class.</exception>
    public static Dataset Relabelled(this Dataset dataset, IReadOnlyDictionary<int, string> labels)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(labels);
        Dictionary<int, int> numbers = [];
        foreach ((int index, string name) in labels)
        {
            int number = dataset.ClassNames.IndexOf(name);
            if ((uint)index >= (uint)dataset.Count || number < 0 || dataset.TargetOf(index) is not ClassTarget)
            {
                throw new ArgumentException(
                    $"Sample {index} cannot become '{name}' in {dataset}: expected a number below {dataset.Count} of a sample with one "
                        + $"class, and one of the classes {Dataset.Shown(dataset.ClassNames)}.",
                    nameof(labels));
            }

            numbers.Add(index, number);
        }

        return new RelabelledDataset(dataset, dataset.ClassNames, index => numbers.TryGetValue(index, out int number) ? number : null);
    }

    private static IEnumerable<Finding> About(Dataset dataset, AuditFindings findings, FindingAction action)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(findings);
        return findings.Where(finding => finding.Action == action).Select(finding =>
            (uint)finding.Index < (uint)dataset.Count && dataset.NameOf(finding.Index) == finding.Name
                ? finding
                : throw new ArgumentException(
                    $"The finding about '{finding.Name}', sample {finding.Index}, is not about {dataset}: use the data set that was "
                        + "audited, and call Relabelled before Without.",
                    nameof(findings)));
    }

    private static int IndexOf(this IReadOnlyList<string> names, string name)
    {
        for (int i = 0; i < names.Count; i++)
        {
            if (names[i] == name)
            {
                return i;
            }
        }

        return -1;
    }
}
