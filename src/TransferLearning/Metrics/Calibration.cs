namespace TransferLearning;

/// <summary>Whether the scores can be believed: of all predictions made with a score of 0.8, four fifths should be right.</summary>
/// <remarks>Guo et al., "On Calibration of Modern Neural Networks" (2017).</remarks>
/// <param name="ExpectedError">The expected calibration error: the gap between accuracy and mean score of the intervals, averaged with
/// their counts.</param>
/// <param name="MaximumError">The largest such gap.</param>
/// <param name="Bins">The intervals of equal width from 0 to 1.</param>
public sealed record Calibration(double ExpectedError, double MaximumError, IReadOnlyList<CalibrationBin> Bins);
