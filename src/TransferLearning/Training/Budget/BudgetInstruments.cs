namespace TransferLearning;

/// <summary>What a budget is measured with.</summary>
/// <param name="Clock">The clock.</param>
/// <param name="ResetPeak">Forgets the peak of memory so far.</param>
/// <param name="Peak">The peak of memory since then, in bytes.</param>
internal sealed record BudgetInstruments(TimeProvider Clock, Action ResetPeak, Func<long> Peak)
{
    /// <summary>The system's clock and the memory of the process.</summary>
    public static BudgetInstruments OfSystem { get; } = new(TimeProvider.System, ProcessMemory.ResetPeak, ProcessMemory.Peak);
}
