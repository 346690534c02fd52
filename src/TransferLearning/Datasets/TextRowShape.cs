namespace TransferLearning;

/// <summary>Where a row of a text file ends.</summary>
internal enum TextRowShape
{
    /// <summary>At the line end.</summary>
    Line,

    /// <summary>Before the next blank line.</summary>
    Block,
}
