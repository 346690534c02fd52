namespace TransferLearning;

/// <summary>Makes contents of the rows of a text file.</summary>
/// <param name="columns">Takes the fields out of a row.</param>
/// <param name="options">Which fields are used.</param>
internal sealed class TextRowContent(TextColumns columns, TextFileOptions options)
{
    /// <summary>The column of the label, once the first row has been seen; null where texts have no classes.</summary>
    public string? Label { get; private set; }

    /// <summary>Looks at the first row.</summary>
    /// <returns>Whether it is a header, and no sample.</returns>
    public bool TakeFirst(string row)
    {
        bool isHeader = columns.TakeFirst(row);
        bool mayLack = options.Target is not null || options.TargetText is not null;
        Label = options.Label is { } label && mayLack && !columns.Has(label) ? null : options.Label;
        return isHeader;
    }

    /// <summary>Makes the content of a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="numberOf">Gives a label its number.</param>
    /// <param name="label">The number of the first label; -1 without any.</param>
    /// <exception cref="FormatException">The row does not hold what is wanted.</exception>
    public (SampleContent Input, Target? Target) Of(string row, Func<string, int> numberOf, out int label)
    {
        Func<string, string[]> field = columns.Row(row);
        int[]? labels = Label is null ? null : [.. Labels(field(Label)).Select(numberOf)];
        label = labels is { Length: > 0 } ? labels[0] : -1;
        string text = Single(field, options.Text);
        if (options.TargetText is { } target)
        {
            return (new TextContent(text), new TextTarget(Single(field, target)));
        }

        TextContent content = new(text, options.Pair is { } pair ? Single(field, pair) : null);
        if (options.Target is { } number)
        {
            return (content, new NumberTarget(Number(Single(field, number), number)));
        }

        return (content, options.LabelSeparator is null ? null : new LabelsTarget([.. (labels ?? []).Distinct().Order()]));
    }

    private static string Single(Func<string, string[]> field, string column)
        => field(column) is [var value] ? value : throw new FormatException($"the field '{column}' is a list; expected one value");

    private static float Number(string value, string column)
        => float.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) && float.IsFinite(number)
            ? number
            : throw new FormatException($"'{value}' in the column '{column}' is not a finite number");

    private IEnumerable<string> Labels(string[] values)
    {
        if (options.LabelSeparator is { } separator)
        {
            const StringSplitOptions Options = StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries;
            return values.SelectMany(value => value.Split(separator, Options));
        }

        string[] label = [.. values.Select(value => value.Trim())];
        return label is [{ Length: > 0 }]
            ? label
            : throw new FormatException(
                label.Length == 1
                    ? $"its label, in the column '{Label}', is empty"
                    : $"it has {label.Length} labels; give a separator of labels if a text may have several");
    }
}
