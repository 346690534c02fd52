namespace TransferLearning.Wikipedia;

/// <summary>Which pages of a dump are read, and how.</summary>
public sealed record WikipediaOptions
{
    /// <summary>The namespaces whose pages are read. Default: 0, the articles; 4 for example is the project's own pages.</summary>
    public IReadOnlyList<int> Namespaces { get; init; } = [0];

    /// <summary>Whether pages that only lead to another are read. Default: false.</summary>
    public bool IncludeRedirects { get; init; }

    /// <summary>Whether headings are kept, each as a line, where text follows. Default: true.</summary>
    public bool KeepHeadings { get; init; } = true;

    /// <summary>Pages whose clean text has fewer characters are skipped. Default: 1, which leaves empty ones out.</summary>
    public int MinimumCharacters { get; init; } = 1;

    /// <summary>
    /// A dump with a longer page is refused, because no wiki has one. Default: 16 million characters, eight times what Wikipedia allows.
    /// </summary>
    public int MaximumPageCharacters { get; init; } = 16 << 20;
}
