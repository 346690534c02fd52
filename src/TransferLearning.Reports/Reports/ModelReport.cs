namespace TransferLearning.Reports;

/// <summary>
/// What a model learned and where it fails, put together once: in one HTML file that needs nothing else, as Markdown, JSON and plots.
/// </summary>
/// <remarks>
/// The HTML holds no script and nothing from elsewhere, follows the reader's light or dark theme, and can be read on a phone, by keyboard,
/// with a screen reader and without colours. Names and texts of samples are escaped; of absolute paths only the last folder is named.
/// </remarks>
public sealed class ModelReport
{
    private readonly IReadOnlyList<ReportSection> _sections;

    internal ModelReport(string title, IReadOnlyList<string> summary, IReadOnlyList<ReportSection> sections, ReportData data)
        => (Title, Summary, _sections, Data) = (title, summary, sections, data);

    /// <summary>What stands above it.</summary>
    public string Title { get; }

    /// <summary>What stands out, a sentence each, the most important first.</summary>
    public IReadOnlyList<string> Summary { get; }

    /// <summary>How well the model does.</summary>
    public EvaluationResult Evaluation => Data.Evaluation;

    /// <summary>The mistakes of which the model was surest.</summary>
    public IReadOnlyList<SamplePrediction> Mistakes => [.. Data.Mistakes.Select(mistake => mistake.Prediction)];

    /// <summary>What the audit found among the evaluated samples; null where it was left out.</summary>
    public AuditFindings? Findings => Data.Findings;

    /// <summary>What the audit found among the training samples; null where it was left out.</summary>
    public AuditFindings? TrainingFindings => Data.TrainingFindings;

    /// <summary>What the report has not, and why.</summary>
    public IReadOnlyList<string> LeftOut => Data.LeftOut;

    internal ReportData Data { get; }

    /// <summary>One HTML file that needs nothing else.</summary>
    public string ToHtml() => HtmlReport.Write(Title, Summary, _sections);

    /// <summary>The report in Markdown, without plots, which <see cref="Save"/> adds to a folder.</summary>
    public string ToMarkdown() => MarkdownReport.Write(Title, Summary, _sections, plots: null);

    /// <summary>The numbers as JSON.</summary>
    public string ToJson() => JsonReport.Write(this);

    /// <summary>
    /// Writes the report in the form that the path's ending names: <c>.html</c>, <c>.md</c> or <c>.json</c>. Without an ending the path is
    /// a folder, which is made if need be, and gets all three and the plots as PNG files.
    /// </summary>
    /// <param name="path">The file or folder. Files appear under their names when they are complete.</param>
    /// <exception cref="ArgumentException">The ending is another one.</exception>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string ending = Path.GetExtension(path).ToLowerInvariant();
        if (ending.Length == 0)
        {
            SaveAll(path);
            return;
        }

        WriteText(path, ending switch
        {
            ".html" or ".htm" => ToHtml(),
            ".md" => ToMarkdown(),
            ".json" => ToJson(),
            _ => throw new ArgumentException(
                $"'{path}' ends in '{ending}'. Expected .html, .md, .json, or no ending for a folder with all of them and the plots.",
                nameof(path)),
        });
    }

    private static void WriteText(string path, string text)
    {
        byte[] bytes = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false).GetBytes(text);
        AtomicFile.Write(path, stream => stream.Write(bytes));
    }

    private void SaveAll(string folder)
    {
        const string Plots = "plots";
        Directory.CreateDirectory(Path.Combine(folder, Plots));
        foreach (PlotBlock plot in _sections.SelectMany(section => section.Blocks).OfType<PlotBlock>())
        {
            PlotOptions options = new() { MaximumClasses = Data.MaximumClasses };
            byte[] png = plot.Draw(options).ToPng(options.Scale);
            AtomicFile.Write(Path.Combine(folder, Plots, $"{plot.Name}.png"), stream => stream.Write(png));
        }

        foreach (ImageBlock image in _sections.SelectMany(section => section.Blocks).OfType<ImageBlock>())
        {
            AtomicFile.Write(Path.Combine(folder, Plots, $"{image.Name}.png"), stream => stream.Write(image.Png.Span));
        }

        WriteText(Path.Combine(folder, "report.html"), ToHtml());
        WriteText(Path.Combine(folder, "report.md"), MarkdownReport.Write(Title, Summary, _sections, Plots));
        WriteText(Path.Combine(folder, "report.json"), ToJson());
    }
}
