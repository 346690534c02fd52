namespace TransferLearning.Tests;

public sealed class FileTests
{
    private const int LongestType = 500;
    private const int WidestLine = 140;

    [Fact]
    public void A_file_holds_one_type_and_is_named_after_it()
    {
        List<string> violations = [];
        foreach (string file in SourceTree.Files("src").Where(file => Path.GetFileName(file) != "GlobalUsings.cs"))
        {
            IReadOnlyList<string> types = SourceTree.TopLevelTypes(file);
            string name = Path.GetFileNameWithoutExtension(file).Split('.')[0];
            if (types.Count != 1 || types[0] != name)
            {
                violations.Add($"{file}: {string.Join(", ", types)}");
            }
        }

        Assert.Empty(violations);
    }

    [Fact]
    public void No_type_is_longer_than_a_person_reads_at_once_over_all_its_files()
        => Assert.Empty(TooLong(SourceTree.Files("src").SelectMany(file => SourceTree.TopLevelTypes(file).Take(1).Select(type => (Type: type, Lines: File.ReadLines(file).Count())))));

    [Fact]
    public void No_line_is_wider_than_a_screen()
        => Assert.Empty(
            from folder in new[] { "src", "tests", "samples", "benchmarks" }
            from file in SourceTree.Files(folder)
            from row in TooWide(File.ReadLines(file))
            select $"{Path.GetRelativePath(SourceTree.Root, file)}:{row}");

    [Fact]
    public void The_checks_find_what_they_look_for()
    {
        Assert.Equal(["A: 501 lines"], TooLong([("A", 300), ("B", 500), ("A", 201)]));
        Assert.Equal([2], TooWide([new string('x', WidestLine), new string('x', WidestLine + 1), ""]));
    }

    [Fact]
    public void The_median_architecture_has_fewer_than_three_hundred_lines()
    {
        int[] lengths = [.. SourceTree.Files("src/TransferLearning/Models/Vision").Select(file => File.ReadLines(file).Count()).Order()];
        Assert.True(lengths[lengths.Length / 2] < 300, string.Join(" ", lengths));
    }

    [Fact]
    public void No_name_says_nothing()
    {
        string[] empty = ["Utils", "Util", "Helper", "Helpers", "Manager", "Common", "Misc"];
        Assert.Empty(SourceTree.Files("src").SelectMany(SourceTree.TopLevelTypes).Where(type => empty.Any(word => type.EndsWith(word, StringComparison.Ordinal))));
        Assert.Empty(SourceTree.Files("src").Where(file => file.Split(Path.DirectorySeparatorChar).Any(part => empty.Contains(part))));
    }

    [Fact]
    public void The_library_writes_nothing_to_the_console_and_asks_no_clock_of_the_wall()
    {
        string[] banned = ["Console.", "DateTime.Now", "DateTime.UtcNow", "new Random(", "Random.Shared", "Guid.NewGuid"];
        Assert.Empty(SourceTree.Files("src")
            .SelectMany(file => banned.Where(word => SourceTree.Code(file).Contains(word, StringComparison.Ordinal)).Select(word => $"{file}: {word}")));
    }

    [Fact]
    public void Public_classes_are_abstract_or_sealed()
        => Assert.Empty(typeof(TransferModel).Assembly.GetExportedTypes().Where(type => type.IsClass && !type.IsAbstract && !type.IsSealed));

    private static IEnumerable<string> TooLong(IEnumerable<(string Type, int Lines)> files) => files
        .GroupBy(file => file.Type, file => file.Lines)
        .Where(type => type.Sum() > LongestType)
        .Select(type => $"{type.Key}: {type.Sum()} lines");

    private static IEnumerable<int> TooWide(IEnumerable<string> lines)
        => lines.Select((line, i) => (line.Length, Row: i + 1)).Where(line => line.Length > WidestLine).Select(line => line.Row);
}
