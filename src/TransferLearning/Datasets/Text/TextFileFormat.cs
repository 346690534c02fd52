namespace TransferLearning;

/// <summary>How the rows of a text file are written.</summary>
public enum TextFileFormat
{
    /// <summary>
    /// As the name says: <c>.csv</c>, <c>.tsv</c> or <c>.jsonl</c> (also <c>.ndjson</c>), each also with <c>.gz</c> behind it.
    /// </summary>
    FromName,

    /// <summary>Fields between commas, which may stand in quotes and then hold commas, line ends and doubled quotes (RFC 4180).</summary>
    Csv,

    /// <summary>Fields between tabs; a quote is a character like any other.</summary>
    Tsv,

    /// <summary>One JSON object on each line.</summary>
    JsonLines,
}
