namespace TransferLearning;

/// <summary>A token that is looked for in the text before anything else is done to it.</summary>
/// <param name="Content">What stands in the text.</param>
/// <param name="Id">Its number.</param>
/// <param name="Special">Whether decoding leaves it out on request.</param>
/// <param name="StripLeft">Whether it takes white space before it along.</param>
/// <param name="StripRight">Whether it takes white space after it along.</param>
/// <param name="SingleWord">Whether it counts only where no letter or digit touches it.</param>
internal sealed record AddedToken(
    string Content, int Id, bool Special = true, bool StripLeft = false, bool StripRight = false, bool SingleWord = false);
