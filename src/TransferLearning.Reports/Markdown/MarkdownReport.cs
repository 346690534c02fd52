namespace TransferLearning.Reports;

/// <summary>A report in Markdown: tables and, where they lie beside it, plots.</summary>
internal static class MarkdownReport
{
    /// <param name="title">What stands above it.</param>
    /// <param name="summary">What stands out.</param>
    /// <param name="sections">The sections.</param>
    /// <param name="plots">The folder of the plots beside it; null where there are none.</param>
    public static string Write(string title, IReadOnlyList<string> summary, IReadOnlyList<ReportSection> sections, string? plots)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"# {MarkdownText.Escape(title)}\n\n");
        WriteList(text, summary);
        foreach (ReportSection section in sections)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {section.Title}\n\n");
            foreach (ReportBlock block in section.Blocks)
            {
                Write(text, block, plots);
            }
        }

        return text.ToString();
    }

    /// <summary>Writes a table.</summary>
    public static void WriteTable(StringBuilder text, TableBlock table)
    {
        text.Append(CultureInfo.InvariantCulture, $"{MarkdownText.Escape(table.Caption)}:\n\n{MarkdownText.Row(table.Headers)}\n|");
        for (int column = 0; column < table.Headers.Count; column++)
        {
            text.Append(column == 0 || table.IsFacts ? " --- |" : " ---: |");
        }

        text.Append('\n');
        foreach (IReadOnlyList<string> row in table.Rows)
        {
            text.Append(MarkdownText.Row(row)).Append('\n');
        }

        text.Append('\n');
    }

    private static void Write(StringBuilder text, ReportBlock block, string? plots)
    {
        switch (block)
        {
            case TextBlock paragraph:
                text.Append(CultureInfo.InvariantCulture, $"{MarkdownText.Escape(paragraph.Text)}\n\n");
                break;
            case ListBlock list:
                WriteList(text, list.Items);
                text.Append('\n');
                break;
            case TableBlock table:
                WriteTable(text, table);
                break;
            case PlotBlock plot when plots is not null:
                WriteImage(text, plot.Caption, $"{plots}/{plot.Name}");
                break;
            case ImageBlock image when plots is not null:
                WriteImage(text, image.Caption, $"{plots}/{image.Name}");
                break;
            case MistakesBlock mistakes:
                WriteList(text, mistakes.Mistakes.Select(mistake => string.Join(
                    " – ", new[] { mistake.Prediction.Name, mistake.Text, mistake.Pair, HtmlReport.Verdict(mistake.Prediction) }
                        .Concat(mistake.Notes).OfType<string>())));
                text.Append('\n');
                break;
        }
    }

    private static void WriteImage(StringBuilder text, string caption, string path)
        => text.Append(CultureInfo.InvariantCulture, $"![{MarkdownText.Escape(caption)}]({path}.png)\n\n");

    private static void WriteList(StringBuilder text, IEnumerable<string> items)
    {
        foreach (string item in items)
        {
            text.Append(CultureInfo.InvariantCulture, $"- {MarkdownText.Escape(item)}\n");
        }
    }
}
