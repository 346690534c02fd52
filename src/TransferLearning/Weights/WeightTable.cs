namespace TransferLearning;

/// <summary>
/// The published weights this library knows, by architecture: the rows of <c>published.csv</c>, which <c>published.py</c> writes.
/// </summary>
internal static class WeightTable
{
    private const string Resource = "Weights/published.csv";

    private static readonly string[] Columns =
    [
        "architecture", "name", "address", "sha256", "classes", "top1", "top5", "parameters", "gflops", "licence",
        "resize", "crop", "interpolation", "mean", "std", "class_names",
    ];

    private static readonly Lazy<Dictionary<string, WeightEntry[]>> ByArchitecture = new(ReadAll);

    /// <summary>All sets, architecture by architecture.</summary>
    public static IEnumerable<WeightEntry> All => ByArchitecture.Value.Values.SelectMany(entries => entries);

    /// <summary>The sets of one architecture, the recommended one last; empty when none is published.</summary>
    public static IReadOnlyList<WeightEntry> Of(string architecture)
        => ByArchitecture.Value.TryGetValue(architecture, out WeightEntry[]? entries) ? entries : [];

    /// <summary>Reads rows in the form of the table; the first line names the columns.</summary>
    /// <exception cref="InvalidDataException">A line is not of that form.</exception>
    internal static IEnumerable<WeightEntry> Read(TextReader reader)
    {
        if (reader.ReadLine() is not { } header || !DelimitedFormat.Csv.Fields(header).SequenceEqual(Columns))
        {
            throw new InvalidDataException($"{Resource}: the first line must be '{string.Join(',', Columns)}'.");
        }

        DelimitedRows rows = new(DelimitedFormat.Csv);
        rows.First(header, _ => true);
        for (int number = 2; reader.ReadLine() is { } line; number++)
        {
            WeightEntry entry;
            try
            {
                entry = Entry(rows.Fields(line));
            }
            catch (Exception error) when (error is FormatException or OverflowException or ArgumentException)
            {
                throw new InvalidDataException($"{Resource}, line {number}: {error.Message}", error);
            }

            yield return entry;
        }
    }

    private static Dictionary<string, WeightEntry[]> ReadAll()
    {
        using Stream stream = typeof(WeightTable).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException($"The library was built without its table {Resource}.");
        using StreamReader reader = new(stream);
        return Read(reader)
            .GroupBy(entry => entry.Architecture)
            .ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.OrdinalIgnoreCase);
    }

    private static WeightEntry Entry(IReadOnlyList<string> cells)
        => new(
            cells[0],
            cells[1],
            new Uri(cells[2]),
            cells[3],
            int.Parse(cells[4], CultureInfo.InvariantCulture),
            new ImagePreprocess(
                int.Parse(cells[10], CultureInfo.InvariantCulture),
                int.Parse(cells[11], CultureInfo.InvariantCulture),
                Channels(cells[13]),
                Channels(cells[14]),
                Enum.Parse<Interpolation>(cells[12], ignoreCase: true)),
            cells[9])
        {
            Top1 = Number(cells[5]),
            Top5 = Number(cells[6]),
            Parameters = cells[7].Length == 0 ? null : long.Parse(cells[7], CultureInfo.InvariantCulture),
            GigaFlops = Number(cells[8]),
            ClassNames = cells[15].Length == 0 ? null : Names(cells[15], cells[4]),
        };

    private static IReadOnlyList<string> Names(string list, string classes)
    {
        IReadOnlyList<string> names = ClassNameList.Of(list);
        return names.Count.ToString(CultureInfo.InvariantCulture) == classes
            ? names
            : throw new FormatException($"the list '{list}' names {names.Count} classes, and the classifier has {classes}.");
    }

    private static double? Number(string cell) => cell.Length == 0 ? null : double.Parse(cell, CultureInfo.InvariantCulture);

    private static ChannelValues Channels(string cell)
    {
        float[] values = Array.ConvertAll(cell.Split(' '), value => float.Parse(value, CultureInfo.InvariantCulture));
        return values.Length == 3 ? new(values[0], values[1], values[2]) : throw new FormatException($"'{cell}' must be three numbers.");
    }
}
