namespace TransferLearning.Wikipedia;

/// <summary>One page of an encyclopedia as plain text.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Id">Its number in the wiki.</param>
/// <param name="Text">Its text: one line for each paragraph, heading or item of a list, blank lines where the page has them.</param>
public sealed record WikipediaArticle(string Title, long Id, string Text);
