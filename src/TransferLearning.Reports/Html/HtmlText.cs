using System.Net;

namespace TransferLearning.Reports;

/// <summary>Writes HTML. What comes from outside goes through <see cref="Escape"/>, always.</summary>
internal sealed class HtmlText
{
    private readonly StringBuilder _text = new();

    /// <summary>A text that can stand between elements and in attributes.</summary>
    public static string Escape(string text) => WebUtility.HtmlEncode(SafeText.Printable(text));

    /// <summary>A file as an address that needs no network.</summary>
    public static string DataAddress(string kind, ReadOnlySpan<byte> bytes) => $"data:{kind};base64,{Convert.ToBase64String(bytes)}";

    /// <summary>Adds markup of this library's own.</summary>
    public HtmlText Raw(string markup)
    {
        _text.Append(markup);
        return this;
    }

    /// <summary>Adds an element with a text inside.</summary>
    /// <param name="opening">Its name and attributes: <c>p class="note"</c>; of this library's own.</param>
    /// <param name="content">The text, which is escaped.</param>
    public HtmlText Element(string opening, string content)
    {
        string name = opening.Split(' ')[0];
        _text.Append(CultureInfo.InvariantCulture, $"<{opening}>{Escape(content)}</{name}>");
        return this;
    }

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
