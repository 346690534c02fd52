namespace TransferLearning;

/// <summary>How a file of tagged words is read.</summary>
public sealed record ConllOptions
{
    /// <summary>The column of the word, from 0. Default: 0.</summary>
    public int WordColumn { get; init; }

    /// <summary>The column of the tag, from 0; -1 means the last. Default: -1.</summary>
    public int TagColumn { get; init; } = -1;

    /// <summary>What stands between two columns. Default: null, any number of spaces and tabs. With a tab, words may hold spaces.</summary>
    public char? Separator { get; init; }

    /// <summary>The tags in the order of their numbers, so that another part of a data set gets the same ones. Default: null, the different
    /// tags of the file in ordinal order.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }
}
