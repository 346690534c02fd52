using System.Collections;

namespace TransferLearning;

/// <summary>
/// What an audit found. Act on it with <see cref="AuditExtensions.Relabelled(Dataset, AuditFindings)"/> and then
/// <see cref="AuditExtensions.Without"/>, after changing actions by <see cref="With"/> or, by hand, in the file that
/// <see cref="SaveCsv"/> writes.
/// </summary>
public sealed class AuditFindings : IReadOnlyList<Finding>
{
    private const int Shown = 3;
    private readonly Finding[] _findings;

    /// <summary>Makes a list of findings.</summary>
    /// <param name="findings">The findings.</param>
    public AuditFindings(IEnumerable<Finding> findings)
    {
        ArgumentNullException.ThrowIfNull(findings);
        _findings = [.. findings];
    }

    private AuditFindings(AuditFindings whole, IEnumerable<Finding> findings)
        : this(findings)
        => (SampleCount, Balance, Channels, ColorModes, LabelQuality, ProbeAgreement, NotChecked) = (
            whole.SampleCount, whole.Balance, whole.Channels, whole.ColorModes, whole.LabelQuality, whole.ProbeAgreement, whole.NotChecked);

    /// <summary>How many samples were audited; 0 for a list that was read from a file.</summary>
    public int SampleCount { get; internal init; }

    /// <summary>How evenly samples are spread over classes; null without classes.</summary>
    public ClassBalance? Balance { get; internal init; }

    /// <summary>
    /// The mean and the standard deviation of each channel over all pixels of all readable images, 0 to 1; null without images. Each image
    /// counts by its pixels.
    /// </summary>
    public (ChannelValues Mean, ChannelValues Deviation)? Channels { get; internal init; }

    /// <summary>How many images store their colours in each way.</summary>
    public IReadOnlyDictionary<string, int> ColorModes { get; internal init; } = new Dictionary<string, int>();

    /// <summary>
    /// For each sample the probability of its label by a probe that has not seen it: the smaller, the more likely it is wrong
    /// (<see cref="ConfidentLearning.SelfConfidence"/>). NaN where that is not known; null where labels were not checked.
    /// </summary>
    public IReadOnlyList<double>? LabelQuality { get; internal init; }

    /// <summary>
    /// The share of labels that the probe predicts out of fold, 0 to 1: where it is small, many label errors are errors of the probe. Null
    /// where labels were not checked.
    /// </summary>
    public double? ProbeAgreement { get; internal init; }

    /// <summary>Which checks were left out, and why.</summary>
    public IReadOnlyList<string> NotChecked { get; internal init; } = [];

    /// <inheritdoc/>
    public int Count => _findings.Length;

    /// <inheritdoc/>
    public Finding this[int index] => _findings[index];

    /// <summary>Reads what <see cref="SaveCsv"/> wrote and a person may have edited: actions, suggested labels, rows left out.</summary>
    /// <param name="path">The file: UTF-8, fields separated by commas, in quotes where need be.</param>
    /// <param name="dataset">The data set that was audited; each row must name one of its samples.</param>
    /// <returns>The findings, in the order of the rows.</returns>
    /// <exception cref="DatasetException">A column is missing, or a row does not fit the data set or cannot be understood; the message
    /// gives its line.</exception>
    public static AuditFindings ReadCsv(string path, Dataset dataset) => new(FindingTable.Read(path, dataset));

    /// <summary>
    /// Writes a table with a row for each finding. Edit the columns <c>action</c> (keep, remove, relabel) and <c>suggested</c>, delete
    /// rows, and hand it to <see cref="ReadCsv"/>. Fields that a spreadsheet would take for a formula begin with an apostrophe.
    /// </summary>
    /// <param name="path">The file. It appears under its name only when it is complete.</param>
    /// <exception cref="IOException">It could not be written.</exception>
    public void SaveCsv(string path) => FindingTable.Write(path, _findings);

    /// <summary>The findings of some kinds.</summary>
    public AuditFindings Of(params FindingKind[] kinds) => new(this, _findings.Where(finding => kinds.Contains(finding.Kind)));

    /// <summary>The same findings with another action for one kind.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="action">What is to be done.</param>
    /// <exception cref="ArgumentException">There is no suggested label to relabel with.</exception>
    public AuditFindings With(FindingKind kind, FindingAction action)
    {
        Finding[] changed = Array.ConvertAll(_findings, finding => finding.Kind == kind ? finding with { Action = action } : finding);
        return Array.Find(changed, finding => finding is { Action: FindingAction.Relabel, SuggestedLabel: null }) is { } without
            ? throw new ArgumentException($"'{without.Name}' has no suggested label to be relabelled with.", nameof(action))
            : new AuditFindings(this, changed);
    }

    /// <inheritdoc/>
    public IEnumerator<Finding> GetEnumerator() => ((IEnumerable<Finding>)_findings).GetEnumerator();

    /// <inheritdoc/>
    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>A summary: how many findings of each kind, and the first of them.</summary>
    public override string ToString()
    {
        StringBuilder text = new();
        int touched = _findings.Select(finding => finding.Index).Distinct().Count();
        string all = SampleCount > 0 ? $" of {SampleCount}" : "";
        text.Append(CultureInfo.InvariantCulture, $"{Count} findings about {touched}{all} samples");
        foreach (IGrouping<FindingKind, Finding> kind in _findings.GroupBy(finding => finding.Kind).OrderBy(group => group.Key))
        {
            string actions = string.Join(
                ", ",
                kind.GroupBy(finding => finding.Action).Select(group => $"{group.Count()} to {group.Key.ToString().ToLowerInvariant()}"));
            text.Append(CultureInfo.InvariantCulture, $"\n{kind.Key}: {kind.Count()} ({actions})");
            foreach (Finding finding in kind.Take(Shown))
            {
                text.Append(CultureInfo.InvariantCulture, $"\n  '{finding.Name}': {finding.Message}");
            }
        }

        if (ProbeAgreement is { } agreement)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nLabels: a probe that has not seen them predicts {agreement:P1}");
        }

        if (Balance is { } balance)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"\nClasses: {balance.Counts.Count}, the largest {balance.RatioOfPresent:F1} times the smallest, "
                    + $"balance {balance.Balance:F3}");
            int empty = balance.Counts.Count(count => count == 0);
            text.Append(empty > 0 ? $"; {empty} without samples" : "");
        }

        if (Channels is var (mean, deviation))
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"\nChannels: mean {mean.Red:F3} {mean.Green:F3} {mean.Blue:F3}, "
                    + $"deviation {deviation.Red:F3} {deviation.Green:F3} {deviation.Blue:F3}");
        }

        foreach (string left in NotChecked)
        {
            text.Append(CultureInfo.InvariantCulture, $"\nNot checked: {left}");
        }

        return text.ToString();
    }
}
