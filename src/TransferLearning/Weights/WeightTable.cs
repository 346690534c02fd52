namespace TransferLearning;

/// <summary>The published weights this library knows, by architecture.</summary>
internal static class WeightTable
{
    /// <summary>The sets of one architecture, the recommended one last; empty when none is published.</summary>
    public static IReadOnlyList<WeightEntry> Of(string architecture) => [];
}
