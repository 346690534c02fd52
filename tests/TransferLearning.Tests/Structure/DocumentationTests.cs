using System.Text.RegularExpressions;

namespace TransferLearning.Tests;

public sealed partial class DocumentationTests
{
    public static TheoryData<string> Pages => [.. Directory.GetFiles(Path.Combine(SourceTree.Root, "docs"), "*.md")
        .Append(Path.Combine(SourceTree.Root, "README.md"))
        .Select(file => Path.GetRelativePath(SourceTree.Root, file))];

    [Theory]
    [MemberData(nameof(Pages))]
    public void Code_blocks_are_what_is_compiled(string page)
    {
        string path = Path.Combine(SourceTree.Root, page);
        string text = File.ReadAllText(path);
        Dictionary<string, string> snippets = Compiled();
        string expected = Marked().Replace(
            text, match => $"<!-- snippet: {match.Groups["name"].Value} -->\n```csharp\n{snippets[match.Groups["name"].Value]}```");
        if (Environment.GetEnvironmentVariable("TRANSFERLEARNING_WRITE_DOCS") == "1")
        {
            File.WriteAllText(path, expected);
        }

        Assert.Equal(expected, File.ReadAllText(path));
        Assert.Equal(Marked().Count(text), CSharpBlock().Count(text)); // no block that nobody compiles
    }

    [Fact]
    public void No_two_snippets_have_one_name()
    {
        Assert.Empty(Repeated(Region().Matches(SnippetText).Select(match => match.Groups["name"].Value)));
        Assert.Equal(["a"], Repeated(["a", "b", "a"]));
    }

    [Fact]
    public void Every_snippet_is_shown()
    {
        IEnumerable<string> shown = Pages.SelectMany(
            page => Marked().Matches(
                File.ReadAllText(Path.Combine(SourceTree.Root, page.Data))).Select(match => match.Groups["name"].Value));
        Assert.Empty(Compiled().Keys.Except(shown));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Links_between_pages_lead_somewhere(string page)
    {
        string folder = Path.GetDirectoryName(Path.Combine(SourceTree.Root, page))!;
        Assert.Empty(Link().Matches(File.ReadAllText(Path.Combine(SourceTree.Root, page)))
            .Select(match => match.Groups["target"].Value)
            .Where(
                target => !target.Contains("://", StringComparison.Ordinal) && !File.Exists(Path.Combine(folder, target.Split('#')[0]))));
    }

    [Fact]
    public void The_table_of_other_libraries_ends_each_row_in_what_a_test_runs()
    {
        string readme = File.ReadAllText(Path.Combine(SourceTree.Root, "README.md"));
        string[] rows = [.. readme.Split("## Coming from", 2)[1].Split("\n## ", 2)[0].Split('\n')
            .Where(line => line.StartsWith('|')).Skip(2)];
        string[] run = [.. SourceTree.Files("tests").Where(file => file.EndsWith("Tests.cs", StringComparison.Ordinal))
            .SelectMany(File.ReadLines).Where(line => line.EndsWith(" // README", StringComparison.Ordinal))];

        // The tests of tl run its commands.
        Assert.NotEmpty(rows);
        Assert.All(rows, row =>
        {
            Match last = LastCell().Match(row);
            Assert.True(last.Success, row);
            string code = last.Groups["code"].Value;
            Assert.True(
                code.StartsWith("tl ", StringComparison.Ordinal) || run.Any(line => line.Contains(code, StringComparison.Ordinal)), row);
        });
    }

    [Fact]
    public void Every_package_is_in_the_table_of_packages()
    {
        string readme = File.ReadAllText(Path.Combine(SourceTree.Root, "README.md"));
        IEnumerable<string> packages = Directory.GetFiles(Path.Combine(SourceTree.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Concat(Directory.GetFiles(Path.Combine(SourceTree.Root, "templates"), "*.csproj"))
            .Select(file => PackageId().Match(File.ReadAllText(file)) is { Success: true } id
                ? id.Groups["id"].Value
                : Path.GetFileNameWithoutExtension(file));

        Assert.All(packages, package => Assert.Contains($"\n| `{package}` |", readme, StringComparison.Ordinal));
    }

    private static string SnippetText
        => string.Concat(
            SourceTree.Files("tests").Where(file => file.EndsWith("Snippets.cs", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal).Select(File.ReadAllText));

    private static IEnumerable<string> Repeated(IEnumerable<string> names)
        => names.GroupBy(name => name).Where(group => group.Skip(1).Any()).Select(group => group.Key);

    private static Dictionary<string, string> Compiled()
    {
        Dictionary<string, string> snippets = [];
        foreach (Match match in Region().Matches(SnippetText))
        {
            string[] lines = match.Groups["body"].Value.Split('\n');
            int indent = lines[0].Length - lines[0].TrimStart().Length;
            snippets[match.Groups["name"].Value] = string.Concat(
                lines.SkipLast(1).Select(line => $"{(line.Length > indent ? line[indent..] : "")}\n"));
        }

        return snippets;
    }

    [GeneratedRegex(@"<!-- snippet: (?<name>[\w-]+) -->\n```csharp\n(?:.*?)```", RegexOptions.Singleline)]
    private static partial Regex Marked();

    [GeneratedRegex("^```csharp$", RegexOptions.Multiline)]
    private static partial Regex CSharpBlock();

    [GeneratedRegex(@"// snippet: (?<name>[\w-]+)\n(?<body>.*?\n)\s*// end", RegexOptions.Singleline)]
    private static partial Regex Region();

    [GeneratedRegex(@"\| `(?<code>[^`]+)` \|$")]
    private static partial Regex LastCell();

    [GeneratedRegex("<PackageId>(?<id>[^<]+)</PackageId>")]
    private static partial Regex PackageId();

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Link();
}
