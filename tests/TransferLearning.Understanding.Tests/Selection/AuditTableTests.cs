namespace TransferLearning.Tests;

public sealed class AuditTableTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Findings_survive_a_file_whatever_names_samples_have()
    {
        string[] names =
        [
            "plain", "a, b", "say \"so\"", "two\nlines", "carriage\r\nreturn", "=1+1", "+x", "-x", "@x", "\tx", "'x", "'=x", "ä ü 雪 🐜",
            " blank ",
            "\"", "'", ",", "=cmd|' /C calc'!A0", "\r",
        ];
        using InMemoryDataset dataset = Named(names);
        Finding[] findings =
        [
            .. names.Select((name, i) => new Finding(
                i, name, (FindingKind)(i % 15), i / 7.0, $"{name} is odd, \"look\"\nat it", (FindingAction)(i % 3))
            {
                Label = "-cat",
                SuggestedLabel = i % 3 == 2 ? "=dog" : null,
                Other = i % 4 == 0 ? names[(i + 1) % names.Length] : null,
            }),
        ];
        string path = _folder.File("findings.csv");
        new AuditFindings(findings).SaveCsv(path);
        Assert.Equal(findings, AuditFindings.ReadCsv(path, dataset));
        Assert.DoesNotContain(
            File.ReadAllText(path).Split('\n', ','), field => field.Length > 0 && "=+@".Contains(field[0], StringComparison.Ordinal));
        new AuditFindings([]).SaveCsv(path);
        Assert.Empty(AuditFindings.ReadCsv(path, dataset));
    }

    [Fact]
    public void What_a_person_edits_is_what_is_done()
    {
        using InMemoryDataset dataset = Named(["a", "b", "c"]);
        File.WriteAllText(
            _folder.File("edited.csv"),
            "\uFEFFsample,index,action,kind,evidence,suggested,note\r\n"
                + "a,0,Remove,outlier,3.5,,no\r\n\r\nb,1, relabel ,label-error,0.1,'=dog,\r\nc,2,keep,Label-Error,1e-3,,\r\n");
        AuditFindings findings = AuditFindings.ReadCsv(_folder.File("edited.csv"), dataset);
        Assert.Equal(
            [(0, FindingAction.Remove), (1, FindingAction.Relabel), (2, FindingAction.Keep)],
            findings.Select(finding => (finding.Index, finding.Action)));
        Dataset clean = dataset.Relabelled(findings).Without(findings);
        Assert.Equal(["b", "c"], Enumerable.Range(0, clean.Count).Select(clean.NameOf));
        Assert.Equal([1, 0], Enumerable.Range(0, clean.Count).Select(clean.LabelOf));
    }

    [Theory]
    [InlineData("remove,outlier,a,7,1,,", "samples 0 to 1")]
    [InlineData("remove,outlier,a,-1,1,,", "samples 0 to 1")]
    [InlineData("remove,outlier,a,1,1,,", "names 'a' as sample 1, which is 'b'")]
    [InlineData("delete,outlier,a,0,1,,", "expected keep, remove, relabel")]
    [InlineData("1,outlier,a,0,1,,", "expected keep, remove, relabel")]
    [InlineData("remove,strange,a,0,1,,", "the kind is 'strange'")]
    [InlineData("remove,outlier,a,0,much,,", "is not a number")]
    [InlineData("relabel,outlier,a,0,1,,", "no suggested label")]
    [InlineData("relabel,outlier,a,0,1,,horse", "none of the classes")]
    [InlineData("remove,outlier,a,0,1,=dog,", "labelled '=dog'")]
    [InlineData("remove,outlier,a,0,1,", "expected 7 fields")]
    [InlineData("remove,outlier,\"a,0,1,,", "quote")]
    public void A_row_that_does_not_fit_is_refused_with_its_line(string row, string problem)
    {
        using InMemoryDataset dataset = Named(["a", "b"]);
        string path = _folder.File("wrong.csv");
        File.WriteAllText(path, $"action,kind,sample,index,evidence,label,suggested\nkeep,outlier,b,1,1,-cat,\n{row}\n");
        DatasetException error = Assert.Throws<DatasetException>(() => AuditFindings.ReadCsv(path, dataset));
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        Assert.Contains("line 3", error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void A_file_without_the_columns_is_refused()
    {
        using InMemoryDataset dataset = Named(["a"]);
        File.WriteAllText(_folder.File("empty.csv"), "");
        Assert.Throws<DatasetException>(() => AuditFindings.ReadCsv(_folder.File("empty.csv"), dataset));
        File.WriteAllText(_folder.File("semicolons.csv"), "action;kind;sample\n");
        DatasetException error = Assert.Throws<DatasetException>(() => AuditFindings.ReadCsv(_folder.File("semicolons.csv"), dataset));
        Assert.Contains("lacks action, kind, sample, index", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Contradictions_and_unknown_labels_are_refused()
    {
        using InMemoryDataset dataset = Named(["a", "b"]);
        Finding one = new(0, "a", FindingKind.LabelError, 0, "", FindingAction.Relabel) { SuggestedLabel = "=dog" };
        AuditFindings twice = new([one, one with { SuggestedLabel = "-cat" }]);
        Assert.Contains("by another", Assert.Throws<ArgumentException>(() => dataset.Relabelled(twice)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => dataset.Relabelled(new AuditFindings([one with { SuggestedLabel = null }])));
        Assert.Throws<ArgumentException>(() => dataset.Relabelled(new Dictionary<int, string> { [0] = "horse" }));
        Assert.Throws<ArgumentException>(() => dataset.Relabelled(new Dictionary<int, string> { [2] = "=dog" }));
        AuditFindings remove = new([one with { Action = FindingAction.Remove }]);
        Assert.Throws<ArgumentException>(() => dataset.Subset([1]).Without(remove));
        Assert.Equal(1, dataset.Relabelled(new AuditFindings([one])).LabelOf(0));
    }

    private static InMemoryDataset Named(string[] names)
        => new([.. names.Select(name => new Sample(name, 0, new TextContent(name)))], ["-cat", "=dog"]);
}
