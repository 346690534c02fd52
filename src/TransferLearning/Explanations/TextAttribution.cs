using System.Net;

namespace TransferLearning;

/// <summary>Which words of a text a prediction is due to.</summary>
public sealed class TextAttribution : Attribution
{
    private const int LongestBar = 20;

    private readonly TextContent _content;

    internal TextAttribution(
        ExplainedScore score, AttributionMethod method, Shares shares, TextContent content, EncodedText encoded, Func<int, string> tokenOf)
        : base(score, method, shares)
    {
        _content = content;
        using DisposeScope scope = NewDisposeScope();
        double[] values = ScoredInput.ToArray(
            shares.Values.dim() == 1 ? shares.Values : shares.IsSigned ? shares.Values.sum(1) : shares.Values.abs().amax(1));
        TruncatedTokens = encoded.TruncatedTokens;
        Tokens =
        [
            .. values.Select((value, i) => new TokenAttribution(
                tokenOf(encoded.Ids[i]), value, encoded.Offsets[i].Start, encoded.Offsets[i].Length, encoded.SequenceIndices[i] == 1))
        ];
        Words =
        [
            .. Enumerable.Range(0, encoded.Length)
                .Where(i => !encoded.SpecialTokens[i])
                .GroupBy(i => (encoded.SequenceIndices[i], encoded.WordIndices[i]), (_, tokens) => Word([.. tokens]))
        ];

        TokenAttribution Word(int[] tokens)
        {
            int start = tokens.Min(i => encoded.Offsets[i].Start);
            int end = tokens.Max(i => encoded.Offsets[i].Start + encoded.Offsets[i].Length);
            bool isInPair = encoded.SequenceIndices[tokens[0]] == 1;
            double value = IsSigned ? tokens.Sum(i => values[i]) : tokens.Max(i => values[i]);
            return new TokenAttribution((isInPair ? content.Pair! : content.Text)[start..end], value, start, end - start, isInPair);
        }
    }

    /// <summary>The share of each token, special ones included.</summary>
    public IReadOnlyList<TokenAttribution> Tokens { get; }

    /// <summary>
    /// The share of each word, as the tokenizer's offsets bound it: the sum over its tokens, or their largest where signs mean nothing.
    /// </summary>
    public IReadOnlyList<TokenAttribution> Words { get; }

    /// <summary>How many tokens at the end the network did not see, because the text is too long.</summary>
    public int TruncatedTokens { get; }

    /// <summary>
    /// The text as HTML, each word on a colour by its share, orange for the class and blue against it. Without colours it reads too: the
    /// underline is the thicker the larger the share, dotted where it speaks against, and the number is the word's title.
    /// </summary>
    /// <returns>A <c>figure</c> element with its styles inside; everything of the text is escaped.</returns>
    public string ToHtml()
    {
        StringBuilder html = new("<figure style=\"margin:0;font-family:sans-serif;line-height:2.2\">");
        html.Append(CultureInfo.InvariantCulture, $"<figcaption>{WebUtility.HtmlEncode(Title)}</figcaption>");
        Append(html, _content.Text, isPair: false);
        if (_content.Pair is { } pair)
        {
            Append(html, pair, isPair: true);
        }

        return html.Append("</figure>").ToString();
    }

    /// <summary>Writes a page with <see cref="ToHtml"/> on it.</summary>
    /// <param name="path">The file; it appears when it is complete.</param>
    /// <exception cref="IOException">It could not be written.</exception>
    public void SaveHtml(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string title = WebUtility.HtmlEncode(Title);
        byte[] page = Encoding.UTF8.GetBytes(
            $"<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>{title}</title></head><body>{ToHtml()}</body></html>\n");
        AtomicFile.Write(path, stream => stream.Write(page));
    }

    /// <summary>A line for each word with its number and a bar, for a console.</summary>
    public override string ToString()
    {
        double largest = Largest;
        int width = Words.Max(word => word.Length);
        StringBuilder lines = new(Title);
        foreach (TokenAttribution word in Words)
        {
            string bar = new(word.Value < 0 ? '-' : '#', Scaled(word.Value, largest, LongestBar));
            string number = word.Value.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture);
            lines.AppendLine().Append($"{word.Text.PadRight(width)}  {number,8}  {bar}".TrimEnd());
        }

        return lines.ToString();
    }

    private double Largest => Words.Max(word => Math.Abs(word.Value));

    private static int Scaled(double value, double largest, int most)
        => largest > 0 ? (int)Math.Round(most * Math.Abs(value) / largest) : 0;

    private void Append(StringBuilder html, string text, bool isPair)
    {
        double largest = Largest;
        int at = 0;
        html.Append("<p style=\"white-space:pre-wrap;margin:0\">");
        foreach (TokenAttribution word in Words.Where(word => word.IsInPair == isPair))
        {
            if (word.Start < at)
            {
                continue; // two words of one character, as some tokenizers make of a ligature
            }

            double strength = largest > 0 ? word.Value / largest : 0;
            (double red, double green, double blue) = HeatColors.Diverging(strength);
            string color = string.Create(
                CultureInfo.InvariantCulture, $"rgba({Channel(red)},{Channel(green)},{Channel(blue)},{Math.Abs(strength):0.00})");
            string line = word.Value < 0 ? "dotted" : "solid";
            int thickness = Scaled(word.Value, largest, 5);
            html.Append(WebUtility.HtmlEncode(text[at..word.Start]));
            html.Append(
                CultureInfo.InvariantCulture,
                $"<span title=\"{word.Value:+0.000;-0.000;0.000}\" style=\"background:{color};border-bottom:{thickness}px {line} #222\">");
            html.Append(WebUtility.HtmlEncode(word.Text)).Append("</span>");
            at = word.Start + word.Length;
        }

        html.Append(WebUtility.HtmlEncode(text[at..])).Append("</p>");

        static int Channel(double channel) => (int)Math.Round(255 * channel);
    }
}
