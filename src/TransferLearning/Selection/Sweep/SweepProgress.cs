namespace TransferLearning;

/// <summary>A trial of a <see cref="Sweep"/> that is done.</summary>
/// <param name="Done">How many trials are done.</param>
/// <param name="Planned">How many there will be.</param>
/// <param name="Trial">The trial.</param>
/// <param name="WasDone">Whether it was in the file already, or another bracket had run it.</param>
public sealed record SweepProgress(int Done, int Planned, SweepTrial Trial, bool WasDone);
