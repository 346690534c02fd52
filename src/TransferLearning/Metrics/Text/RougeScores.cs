namespace TransferLearning;

/// <summary>The usual measures of a summary, or their means over many.</summary>
/// <param name="Rouge1">Common words.</param>
/// <param name="Rouge2">Common pairs of words that follow each other.</param>
/// <param name="RougeL">The longest common subsequence of words.</param>
/// <param name="RougeLsum">The same line by line: for each line of the reference the union over the lines of the summary.</param>
public sealed record RougeScores(RougeScore Rouge1, RougeScore Rouge2, RougeScore RougeL, RougeScore RougeLsum);
