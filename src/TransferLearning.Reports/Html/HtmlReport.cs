using System.Security.Cryptography;

namespace TransferLearning.Reports;

/// <summary>A report as one HTML file: no script, nothing from elsewhere, a content security policy that holds it to that.</summary>
internal static class HtmlReport
{
    private const int NarrowWidth = 350;
    private const int WideWidth = 760;
    private const int HeatSteps = 8;

    public static string Write(string title, IReadOnlyList<string> summary, IReadOnlyList<ReportSection> sections)
    {
        string style = Style();
        string digest = Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)));
        HtmlText html = new();
        html.Raw("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n")
            .Raw("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; ")
            .Raw($"style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'\">\n")
            .Raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n")
            .Raw("<meta name=\"color-scheme\" content=\"light dark\">\n")
            .Element("title", title)
            .Raw($"\n<style>{style}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n<header>\n")
            .Element("h1", title)
            .Raw("\n<nav aria-label=\"Sections\"><ul>");
        foreach (ReportSection section in sections)
        {
            html.Raw("<li>").Element($"a href=\"#{section.Id}\"", section.Title).Raw("</li>");
        }

        html.Raw("</ul></nav>\n</header>\n<main id=\"main\">\n<ul class=\"summary\" aria-label=\"What stands out\">");
        foreach (string line in summary)
        {
            html.Element("li", line);
        }

        html.Raw("</ul>\n");
        foreach (ReportSection section in sections)
        {
            html.Raw($"<section aria-labelledby=\"{section.Id}\">\n").Element($"h2 id=\"{section.Id}\"", section.Title).Raw("\n");
            foreach (ReportBlock block in section.Blocks)
            {
                Write(html, block);
                html.Raw("\n");
            }

            html.Raw("</section>\n");
        }

        return html.Raw("</main>\n<footer><p>Made with TransferLearning.Reports. ")
            .Raw("This file holds no script and loads nothing.</p></footer>\n")
            .Raw("</body>\n</html>\n")
            .ToString();
    }

    private static void Write(HtmlText html, ReportBlock block)
    {
        switch (block)
        {
            case TextBlock text:
                html.Element("p", text.Text);
                break;
            case ListBlock list:
                html.Raw("<ul>");
                foreach (string item in list.Items)
                {
                    html.Element("li", item);
                }

                html.Raw("</ul>");
                break;
            case TableBlock table:
                Write(html, table);
                break;
            case PlotBlock { HasTable: false } plot:
                Write(html, plot);
                break;
            case ImageBlock image:
                html.Raw($"<figure><img src=\"{HtmlText.DataAddress("image/png", image.Png.Span)}\" ")
                    .Raw($"alt=\"{HtmlText.Escape(image.Description)}\">")
                    .Element("figcaption", image.Caption)
                    .Raw("</figure>");
                break;
            case MistakesBlock mistakes:
                Write(html, mistakes);
                break;
        }
    }

    private static void Write(HtmlText html, TableBlock table)
    {
        // What is wider than a phone scrolls by itself; to be scrolled by keyboard it takes the focus, and so needs a name.
        string kind = table.Heat is not null ? "matrix" : table.IsFacts ? "facts" : "long";
        html.Raw($"<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{HtmlText.Escape(table.Caption)}\">")
            .Raw($"<table class=\"{kind}\">")
            .Element("caption", table.Caption);
        if (!table.IsFacts)
        {
            html.Raw("<thead><tr>");
            for (int column = 0; column < table.Headers.Count; column++)
            {
                bool isText = table.Heat is null && table.Rows.Count > 0 && IsText(table.Rows[0][column]);
                html.Element(isText ? "th scope=\"col\" class=\"t\"" : "th scope=\"col\"", table.Headers[column]);
            }

            html.Raw("</tr></thead>");
        }

        html.Raw("<tbody>");
        for (int row = 0; row < table.Rows.Count; row++)
        {
            html.Raw("<tr>").Element("th scope=\"row\"", table.Rows[row][0]);
            for (int column = 1; column < table.Rows[row].Count; column++)
            {
                string cell = table.Rows[row][column];
                html.Element(OpeningOf(table, row, column, cell), cell);
            }

            html.Raw("</tr>");
        }

        html.Raw("</tbody></table></div>");
    }

    /// <summary>Whether a cell begins at the left, as words do; numbers end at the right.</summary>
    private static bool IsText(string cell) => cell.Length > 0 && !char.IsAsciiDigit(cell[0]) && cell[0] is not ('-' or '–');

    private static string OpeningOf(TableBlock table, int row, int column, string cell)
    {
        if (table.Heat is not { } heat)
        {
            return IsText(cell) ? "td class=\"t\"" : "td";
        }

        int step = (int)Math.Ceiling(Math.Sqrt(Math.Clamp(heat[row][column - 1], 0, 1)) * HeatSteps);
        string diagonal = row == column - 1 ? " yes" : "";
        return $"td class=\"{(step == 0 ? "none" : $"h{step}")}{diagonal}\"";
    }

    private static void Write(HtmlText html, PlotBlock plot)
    {
        const string Dark = "(prefers-color-scheme: dark)", Narrow = "(max-width: 640px)";
        Figure wide = Drawn(PlotTheme.Light, WideWidth);
        html.Raw("<figure><picture>");
        foreach ((string media, Figure figure) in new[]
        {
            ($"{Dark} and {Narrow}", Drawn(PlotTheme.Dark, NarrowWidth)), (Narrow, Drawn(PlotTheme.Light, NarrowWidth)),
            (Dark, Drawn(PlotTheme.Dark, WideWidth)),
        })
        {
            html.Raw($"<source media=\"{media}\" srcset=\"{AddressOf(figure)}\" ")
                .Raw($"width=\"{figure.Width}\" height=\"{figure.Height}\">");
        }

        html.Raw($"<img src=\"{AddressOf(wide)}\" width=\"{wide.Width}\" height=\"{wide.Height}\" ")
            .Raw($"alt=\"{HtmlText.Escape(wide.Description)}\">")
            .Raw("</picture>")
            .Element("figcaption", plot.Caption)
            .Raw("</figure>");

        Figure Drawn(PlotTheme theme, int width) => plot.Draw(new PlotOptions { Theme = theme, Width = width });
    }

    private static string AddressOf(Figure figure) => HtmlText.DataAddress("image/svg+xml", Encoding.UTF8.GetBytes(figure.ToSvg()));

    private static void Write(HtmlText html, MistakesBlock block)
    {
        bool areTexts = block.Mistakes.Any(mistake => mistake.Text is not null);
        html.Raw($"<ul class=\"mistakes{(areTexts ? " texts" : "")}\">");
        foreach (Mistake mistake in block.Mistakes)
        {
            SamplePrediction own = mistake.Prediction;
            html.Raw("<li>");
            WriteImages(html, mistake);
            WriteText(html, mistake, mistake.Text, isPair: false);
            WriteText(html, mistake, mistake.Pair, isPair: true);
            html.Element("p class=\"wrong\"", Verdict(own))
                .Element("p class=\"name\"", own.Name);
            if (mistake.BorderShare is { } share)
            {
                html.Element(
                    "p class=\"name\"",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"{share:P0} of the attribution at the border (even: {MistakeGallery.EvenShare:P0})"));
            }

            foreach (string note in mistake.Notes)
            {
                html.Element("p class=\"note\"", $"Audit: {note}");
            }

            html.Raw("</li>");
        }

        html.Raw("</ul>");
    }

    /// <summary>What was predicted and what is true, in a line.</summary>
    internal static string Verdict(SamplePrediction own) => own.Label < 0
        ? string.Create(CultureInfo.InvariantCulture, $"Predicted {own.Score:G4}, loss {own.Loss:F3}")
        : string.Create(
            CultureInfo.InvariantCulture, $"{own.LabelName}, predicted {own.PredictedName} ({own.Score:P0}), loss {own.Loss:F2}");

    private static void WriteImages(HtmlText html, Mistake mistake)
    {
        if (mistake.Image is null && mistake.Overlay is null)
        {
            return;
        }

        string name = HtmlText.Escape(mistake.Prediction.Name), predicted = HtmlText.Escape(mistake.Prediction.PredictedName);
        html.Raw("<p class=\"images\">");
        if (mistake.Image is { } image)
        {
            html.Raw($"<img src=\"{HtmlText.DataAddress("image/jpeg", image.Span)}\" alt=\"The image {name}\">");
        }

        if (mistake.Overlay is { } overlay)
        {
            html.Raw($"<img src=\"{HtmlText.DataAddress("image/jpeg", overlay.Span)}\" ")
                .Raw($"alt=\"Where in {name} the prediction {predicted} comes from\">");
        }

        html.Raw("</p>");
    }

    private static void WriteText(HtmlText html, Mistake mistake, string? text, bool isPair)
    {
        if (text is null)
        {
            return;
        }

        html.Raw("<p class=\"words\">");
        double largest = mistake.Words.Count == 0 ? 0 : mistake.Words.Max(word => Math.Abs(word.Value));
        int at = 0;
        TokenAttribution[] own = [.. mistake.Words.Where(word => word.IsInPair == isPair && word.Length > 0)];
        foreach (TokenAttribution word in own.OrderBy(word => word.Start))
        {
            int strength = largest > 0 ? (int)Math.Round(3 * Math.Abs(word.Value) / largest) : 0;
            if (strength > 0 && word.Start >= at && word.Start + word.Length <= text.Length)
            {
                html.Raw(HtmlText.Escape(text[at..word.Start]))
                    .Element($"mark class=\"{(word.Value < 0 ? 'a' : 'f')}{strength}\"", text.Substring(word.Start, word.Length));
                at = word.Start + word.Length;
            }
        }

        html.Raw(HtmlText.Escape(text[at..])).Raw("</p>");
        TokenAttribution[] strongest = [.. own.OrderByDescending(word => Math.Abs(word.Value)).Take(5)];
        if (strongest.Length > 0)
        {
            html.Element("p class=\"name\"", $"Words that count most: {string.Join(", ", strongest.Select(Shown))}");
        }

        static string Shown(TokenAttribution word)
            => string.Create(
                CultureInfo.InvariantCulture, $"{word.Text} ({(word.Value < 0 ? "against" : "for")}, {Math.Abs(word.Value):G2})");
    }

    private static string Style()
    {
        using Stream file = typeof(HtmlReport).Assembly.GetManifestResourceStream("report.css")!;
        using StreamReader reader = new(file);
        return reader.ReadToEnd().ReplaceLineEndings("\n"); // a browser hashes the style with these ends of lines
    }
}
