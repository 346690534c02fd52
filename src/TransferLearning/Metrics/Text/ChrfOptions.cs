namespace TransferLearning;

/// <summary>How chrF is computed. The defaults are those of sacreBLEU: chrF2.</summary>
public sealed record ChrfOptions
{
    /// <summary>chrF++: words and pairs of words count too.</summary>
    public static ChrfOptions PlusPlus { get; } = new() { WordOrder = 2 };

    /// <summary>The longest runs of characters. Default: 6.</summary>
    public int CharacterOrder { get; init; } = 6;

    /// <summary>The longest runs of words; 0 means that words do not count. Default: 0.</summary>
    public int WordOrder { get; init; }

    /// <summary>How much more recall counts than precision. Default: 2.</summary>
    public double Beta { get; init; } = 2;

    /// <summary>Whether texts are put into lower case first. Default: false.</summary>
    public bool Lowercase { get; init; }

    /// <summary>Whether white space between words counts as characters. Default: false.</summary>
    public bool Whitespace { get; init; }
}
