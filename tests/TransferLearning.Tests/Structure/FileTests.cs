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
        => Assert.Empty(TooLong(Lengths()));

    [Fact]
    public void The_model_and_its_kinds_for_images_and_texts_have_fewer_than_nine_hundred_lines_together()
        => Assert.InRange(new[] { nameof(TransferModel), nameof(ImageModel), nameof(TextModel) }.Sum(LinesOf), 1, 899);

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
        string wide = new('x', WidestLine + 1), raw = "\"\"\"";
        Assert.Equal([2, 6], TooWide([wide[1..], wide, raw, wide, raw, wide]));
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
        Assert.Empty(
            SourceTree.Files("src").SelectMany(SourceTree.TopLevelTypes).Where(
                type => empty.Any(word => type.EndsWith(word, StringComparison.Ordinal))));
        Assert.Empty(SourceTree.Files("src").Where(file => file.Split(Path.DirectorySeparatorChar).Any(part => empty.Contains(part))));
    }

    [Fact]
    public void The_library_writes_nothing_to_the_console_and_asks_no_clock_of_the_wall()
    {
        // The one type whose job it is, and the program.
        const string OnTheConsole = "ConsoleProgress.cs";
        string program = Path.Combine("src", "TransferLearning.Cli", "");
        string[] banned = ["Console.", "DateTime.Now", "DateTime.UtcNow", "new Random(", "Random.Shared", "Guid.NewGuid"];
        Assert.Empty(SourceTree.Files("src")
            .Where(file => Path.GetFileName(file) != OnTheConsole && !file.Contains(program, StringComparison.Ordinal))
            .SelectMany(
                file => banned.Where(
                    word => SourceTree.Code(file).Contains(word, StringComparison.Ordinal)).Select(word => $"{file}: {word}")));
    }

    [Fact]
    public void Public_classes_are_abstract_or_sealed()
        => Assert.Empty(
            typeof(TransferModel).Assembly.GetExportedTypes().Where(type => type.IsClass && !type.IsAbstract && !type.IsSealed));

    // The lines of each file, with the type that it declares: one type may have several.
    private static IEnumerable<(string Type, int Lines)> Lengths() => SourceTree.Files("src").SelectMany(
        file => SourceTree.TopLevelTypes(file).Take(1).Select(type => (type, File.ReadLines(file).Count())));

    private static int LinesOf(string type) => Lengths().Where(file => file.Type == type).Sum(file => file.Lines);

    private static IEnumerable<string> TooLong(IEnumerable<(string Type, int Lines)> files) => files
        .GroupBy(file => file.Type, file => file.Lines)
        .Where(type => type.Sum() > LongestType)
        .Select(type => $"{type.Key}: {type.Sum()} lines");

    // What stands in a raw literal is laid out as in the file that it stands for: a line of JSON stays a line.
    private static List<int> TooWide(IEnumerable<string> lines)
    {
        List<int> rows = [];
        bool isRaw = false;
        foreach ((int i, string line) in lines.Index())
        {
            int marks = line.Split("\"\"\"").Length - 1;
            if (!isRaw && marks == 0 && line.Length > WidestLine)
            {
                rows.Add(i + 1);
            }

            isRaw ^= marks % 2 == 1;
        }

        return rows;
    }
}
