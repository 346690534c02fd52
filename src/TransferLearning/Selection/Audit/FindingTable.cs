namespace TransferLearning;

/// <summary>Findings as a CSV file that a person edits.</summary>
internal static class FindingTable
{
    private const long LargestUnpacked = 1L << 30;
    private static readonly string[] Columns
        = ["action", "kind", "sample", "index", "evidence", "label", "suggested", "other", "message"];

    /// <summary>What makes a spreadsheet take a field for a formula, and the mark that says that it is text.</summary>
    private static readonly SearchValues<char> Dangerous = SearchValues.Create("=+-@\t\r\n'＝＋－＠");

    public static void Write(string path, IReadOnlyList<Finding> findings) => AtomicFile.Write(path, stream =>
    {
        UTF8Encoding plain = new(encoderShouldEmitUTF8Identifier: false);
        using StreamWriter writer = new(stream, plain, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine(string.Join(',', Columns));
        foreach (Finding finding in findings)
        {
            string?[] fields =
            [
                Word(finding.Action), Word(finding.Kind), finding.Name, $"{finding.Index}",
                finding.Evidence.ToString("R", CultureInfo.InvariantCulture), finding.Label, finding.SuggestedLabel, finding.Other,
                finding.Message,
            ];
            writer.WriteLine(string.Join(',', fields.Select((field, i) => Columns[i] is "index" or "evidence" ? field : Field(field))));
        }
    });

    public static IReadOnlyList<Finding> Read(string path, Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        using TextBytes bytes = TextBytes.Open(path, LargestUnpacked);
        DelimitedRows rows = new(DelimitedFormat.Csv);
        string[]? header = null;
        List<Finding> findings = [];
        DelimitedFormat.Csv.ForEachRow(bytes, row =>
        {
            try
            {
                string text = row.Text();
                if (header is null)
                {
                    header = Header(rows.First(text, _ => true));
                }
                else
                {
                    findings.Add(Parse(header, rows.Fields(text), dataset));
                }
            }
            catch (FormatException exception)
            {
                throw row.Error(exception.Message, exception);
            }
        });
        return header is not null ? findings : throw new DatasetException($"'{path}' is empty: expected a table of findings.");
    }

    /// <summary>The name of a sample's class; null where it has no single one.</summary>
    public static string? ClassOf(Dataset dataset, int index)
        => dataset.TargetOf(index) is ClassTarget one && one.Class < dataset.ClassNames.Count ? dataset.ClassNames[one.Class] : null;

    private static string[] Header(IReadOnlyList<string> fields)
    {
        string[] header = [.. fields.Select((name, i) => (i == 0 ? name.TrimStart('\uFEFF') : name).Trim())];
        string[] missing = [.. Columns.Where(name => name is not ("message" or "other" or "label") && !header.Contains(name))];
        return missing.Length == 0
            ? header
            : throw new FormatException(
                $"the first row lacks {string.Join(", ", missing)}; expected {string.Join(", ", Columns)}, separated by commas");
    }

    private static Finding Parse(string[] header, IReadOnlyList<string> fields, Dataset dataset)
    {
        string written = fields[Array.IndexOf(header, "sample")];
        if (!int.TryParse(Of("index"), NumberStyles.None, CultureInfo.InvariantCulture, out int index) || index >= dataset.Count)
        {
            throw new FormatException($"the index is '{Of("index")}', and {dataset} has samples 0 to {dataset.Count - 1}");
        }

        string name = dataset.NameOf(index);
        if (written != name && Text(written) != name)
        {
            throw new FormatException(
                $"it names '{Text(written)}' as sample {index}, which is '{name}' in {dataset}: use the data set that was audited");
        }

        string? label = ClassOf(dataset, index);
        if (Optional("label") is { } given && given != label)
        {
            throw new FormatException(
                $"it says that '{name}' is labelled '{given}', and in {dataset} it is '{label}': use the data set that was audited");
        }

        FindingAction action = Value<FindingAction>("action");
        string suggested = Of("suggested");
        string? suggestedLabel = suggested.Length == 0 ? null
            : dataset.ClassNames.Contains(suggested) ? suggested
            : throw new FormatException(
                $"the suggested label '{suggested}' is none of the classes ({LabelNumbers.Shown(dataset.ClassNames)})");
        if (action == FindingAction.Relabel && suggestedLabel is null)
        {
            throw new FormatException("it is to be relabelled, and there is no suggested label");
        }

        return double.TryParse(Of("evidence"), NumberStyles.Float, CultureInfo.InvariantCulture, out double evidence)
            ? new Finding(index, name, Value<FindingKind>("kind"), evidence, Of("message"), action)
            {
                Label = label,
                SuggestedLabel = suggestedLabel,
                Other = Optional("other"),
            }
            : throw new FormatException($"the evidence '{Of("evidence")}' is not a number");

        string Of(string column) => Array.IndexOf(header, column) is >= 0 and int place ? Text(fields[place]) : "";

        string? Optional(string column) => Of(column) is { Length: > 0 } text ? text : null;

        T Value<T>(string column)
            where T : struct, Enum
        {
            string word = Of(column).Trim();
            T[] known = [.. Enum.GetValues<T>().Where(value => Word(value).Equals(word, StringComparison.OrdinalIgnoreCase))];
            return known is [var one]
                ? one
                : throw new FormatException(
                    $"the {column} is '{word}'; expected {string.Join(", ", Enum.GetValues<T>().Select(Word))}");
        }
    }

    private static string Word<T>(T value)
        where T : struct, Enum
        => JsonNamingPolicy.KebabCaseLower.ConvertName(value.ToString());

    private static string Field(string? text)
        => DelimitedFormat.Field(text is { Length: > 0 } && Dangerous.Contains(text[0]) ? $"'{text}" : text ?? "");

    private static string Text(string field)
        => field.Length > 1 && field[0] == '\'' && Dangerous.Contains(field[1]) ? field[1..] : field;
}
