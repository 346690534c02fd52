namespace TransferLearning.Benchmarks;

/// <summary>What one run of a method gave: a line of the file of rows.</summary>
/// <param name="Task">The task.</param>
/// <param name="Method">The method.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Accuracy">On the test samples.</param>
/// <param name="Shifted">On corrupted test samples; null where that was not measured.</param>
/// <param name="Trained">How many parameters were trained.</param>
/// <param name="Parameters">How many there are.</param>
/// <param name="Seconds">From the weights' file to the trained model.</param>
/// <param name="ProcessorSeconds">The same in seconds of a processor, which others on the machine disturb less.</param>
/// <param name="PeakBytes">The highest resident set of the process in that time.</param>
internal sealed record MethodRow(
    string Task, string Method, long Seed, double Accuracy, double? Shifted, long Trained, long Parameters, double Seconds,
    double ProcessorSeconds, long PeakBytes);
