namespace TransferLearning;

/// <summary>The samples whose score, of a classifier the largest one, lies in one interval.</summary>
/// <param name="Lower">The lower bound, which belongs to the interval below; 0 belongs to the first.</param>
/// <param name="Upper">The upper bound, which belongs to this interval.</param>
/// <param name="Count">How many samples there are.</param>
/// <param name="Accuracy">What share of them was predicted correctly; null without samples.</param>
/// <param name="Confidence">Their mean largest score; null without samples.</param>
public sealed record CalibrationBin(double Lower, double Upper, long Count, double? Accuracy, double? Confidence);
