namespace TransferLearning;

/// <summary>One more token for a row of a decoding batch.</summary>
/// <param name="Row">The row that is continued.</param>
/// <param name="Text">The text that it belongs to.</param>
/// <param name="Token">The token.</param>
/// <param name="Sum">The sum of the log-probabilities with it.</param>
internal readonly record struct Continuation(int Row, int Text, int Token, double Sum);
