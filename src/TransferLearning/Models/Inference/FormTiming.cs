namespace TransferLearning;

/// <summary>How fast a network is in one of the forms in which it can be run for evaluation.</summary>
/// <param name="Form">The form: <c>plain</c>, <c>channels last</c>, <c>optimized</c>, <c>bfloat16</c>, <c>int8</c>.</param>
/// <param name="Seconds">What one batch took, the least of some passes; null where the machine does not serve the form.</param>
/// <param name="Note">Why it is not served; null where it is.</param>
public sealed record FormTiming(string Form, double? Seconds, string? Note = null);
