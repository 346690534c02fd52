namespace TransferLearning;

/// <summary>What BERT does to a text before it looks for pieces.</summary>
/// <param name="LowerCase">Whether letters become lower case.</param>
/// <param name="StripAccents">Whether marks are taken off letters.</param>
/// <param name="SplitChinese">Whether each Chinese character is a word.</param>
/// <param name="Clean">Whether control characters go and all white space counts as a space.</param>
internal sealed record BertNormalization(bool LowerCase, bool StripAccents, bool SplitChinese = true, bool Clean = true);
