using System.Text.RegularExpressions;

namespace TransferLearning.Tests;

public sealed partial class LayeringTests
{
    private const string Root = "root"; // the files of no folder have a row of their own

    private static readonly Lazy<FolderGraph> Library = new(FolderGraph.OfLibrary);

    /// <summary>The folder whose own files are both the words that its subfolders speak and the one door to what these do: options name
    /// methods and averages, which see the options of the run that they join. <c>docs/design.md</c> says why.</summary>
    private static readonly string[] Doors = ["Training"];

    /// <summary>The folders in the order of the table in <c>docs/dataflow.md</c>.</summary>
    private static string[] Layers
        =>
        [
            .. Row()
                .Matches(File.ReadAllText(Path.Combine(SourceTree.Root, "docs", "dataflow.md")))
                .Select(match => match.Groups["folder"].Value)
        ];

    [Fact]
    public void A_folder_uses_only_the_folders_above_it_in_the_table() => Assert.Empty(Upwards(Library.Value, Layers));

    [Fact]
    public void The_table_lists_every_folder()
        => Assert.Equal(
            Directory.GetDirectories(Path.Combine(SourceTree.Root, "src", "TransferLearning"))
                .Where(folder => SourceTree.Files(folder).Any())
                .Select(folder => Path.GetFileName(folder))
                .Append(Root)
                .Order(StringComparer.Ordinal),
            Layers.Order(StringComparer.Ordinal));

    [Fact]
    public void No_circle_runs_between_folders_side_by_side_or_a_folders_own_files_and_its_subfolders()
        => Assert.Equal([], Library.Value.Circles(Doors));

    [Fact]
    public void What_is_of_images_of_texts_and_of_sounds_never_name_each_other() => Assert.Empty(Across(Library.Value));

    [Fact]
    public void The_checks_find_what_they_look_for()
    {
        FolderGraph upwards = new([("Runtime", "Models/Text", "A uses B"), ("Models", "Runtime", "C uses D"), ("Models", "", "E uses F")]);
        Assert.Equal(["Runtime -> Models/Text: A uses B", "Models -> the root: E uses F"], Upwards(upwards, ["Runtime", "Models"]));

        FolderGraph round = new(
            [("A/B/C", "A/D", "1"), ("A/D", "A/E/F", "2"), ("A/E", "A/B", "3"), ("A", "A/B", "4"), ("A/B", "A", "5"), ("G", "A", "6")]);
        Assert.Equal(
            ["A/* -> A/B: 4", "A/B -> A/*: 5", "A/B -> A/D: 1", "A/D -> A/E: 2", "A/E -> A/B: 3"], round.Circles([]));
        Assert.Equal(["A/B -> A/D: 1", "A/D -> A/E: 2", "A/E -> A/B: 3"], round.Circles(["A"]));

        FolderGraph across = new(
            [("Models/Vision", "Models/Text", "1"), ("Datasets/Text", "Preprocessing/Images/Color", "2"), ("Models/Text", "Models", "3"),
                ("Models/Speech", "Inputs/Text", "4")]);
        Assert.Equal(["1", "2", "4"], Across(across));
    }

    [Fact]
    public void Uses_are_read_from_signatures_and_from_instructions()
    {
        IReadOnlyDictionary<Type, IReadOnlySet<Type>> uses = TypeUse.Of(typeof(TransferModel).Assembly);
        Assert.Contains(typeof(Dataset), uses[typeof(BatchLoader)]); // a field
        Assert.Contains(typeof(ClassificationAccumulator), uses[typeof(Classification)]); // made within a nested class
        Assert.DoesNotContain(typeof(TextModel), uses[typeof(Classification)]);
    }

    private static IEnumerable<string> Upwards(FolderGraph graph, string[] layers) => graph.Uses
        .Where(use => Place(use.To, layers) > Place(use.From, layers))
        .Select(use => $"{use.From} -> {(use.To.Length == 0 ? "the root" : use.To)}: {use.Shown}");

    private static int Place(string folder, string[] layers)
        => Array.IndexOf(layers, folder.Length == 0 ? Root : folder.Split('/')[0]) is >= 0 and int place ? place : layers.Length;

    private static IEnumerable<string> Across(FolderGraph graph) => graph.Uses
        .Where(use => Modality(use.From) is { } from && Modality(use.To) is { } to && from != to)
        .Select(use => use.Shown);

    private static string? Modality(string folder)
        => Modalities.FirstOrDefault(words => folder.Split('/').Any(words.Contains))?[0];

    private static readonly string[][] Modalities = [["Images", "Vision"], ["Text"], ["Audio", "Speech"]];

    [GeneratedRegex(@"^\| (\d+ \| `(?<folder>\w+)`|– \| (?<folder>root)) \|", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Row();
}
