namespace TransferLearning;

/// <summary>An accuracy that nobody measured: a curve continued to more samples.</summary>
/// <param name="Count">The number of samples.</param>
/// <param name="Accuracy">The accuracy there, 0 to 1, by the curve through all measurements.</param>
/// <param name="Low">What 5 % of the curves through resampled measurements stay below.</param>
/// <param name="High">What 5 % of them rise above.</param>
public sealed record ExtrapolatedAccuracy(int Count, double Accuracy, double Low, double High);
