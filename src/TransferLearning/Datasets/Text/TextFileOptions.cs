namespace TransferLearning;

/// <summary>How a file of texts is read, and which of its columns are used.</summary>
/// <remarks>
/// A column is called by its name in the first row or, where the file has no header, by its number from 0: "0", "1"; in JSON lines by the
/// name of the field.
/// </remarks>
public sealed record TextFileOptions
{
    /// <summary>How rows are written. Default: what the name of the file says.</summary>
    public TextFileFormat Format { get; init; } = TextFileFormat.FromName;

    /// <summary>What stands between two fields, an ASCII character. Default: a comma in CSV, a tab in TSV.</summary>
    public char? Separator { get; init; }

    /// <summary>Whether fields may stand in quotes (RFC 4180). Default: in CSV they may, in TSV a quote is a quote.</summary>
    public bool? Quoted { get; init; }

    /// <summary>Whether the first row names the columns. Default: true. JSON lines have no header.</summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>The column of the text. Default: "text".</summary>
    public string Text { get; init; } = "text";

    /// <summary>The column of the second text of a pair. Default: null, there is none.</summary>
    public string? Pair { get; init; }

    /// <summary>The column of the class. Default: "label". Null: the texts have no classes, as is also understood if <see cref="Target"/>
    /// or <see cref="TargetText"/> is set and there is no such column.</summary>
    public string? Label { get; init; } = "label";

    /// <summary>
    /// What stands between the classes of a text that may have several; in JSON lines they may also be an array. The content then has
    /// <see cref="LabelsTarget"/>, and the sample's own label is the first of them, or 0. Default: null, one class for each text.
    /// </summary>
    public char? LabelSeparator { get; init; }

    /// <summary>The column of a number to be predicted (<see cref="NumberTarget"/>). Default: null, there is none.</summary>
    public string? Target { get; init; }

    /// <summary>The column of a text to be written by the model, a summary for example; the targets are then <see cref="TextTarget"/>.
    /// Default: null, there is none.</summary>
    public string? TargetText { get; init; }

    /// <summary>The classes in the order of their numbers, so that another part of a data set gets the same ones. Default: null, the
    /// different labels of the file: by value if all are whole numbers, else in ordinal order.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>
    /// How many bytes a compressed file may unpack to; it is unpacked to the folder for temporary files. Default: 16 GiB.
    /// </summary>
    public long MaximumUnpackedBytes { get; init; } = DefaultMaximumUnpackedBytes;

    internal const long DefaultMaximumUnpackedBytes = 16L << 30;
}
