namespace TransferLearning;

/// <summary>There is nothing to learn of the sample but what it holds itself: texts for language models.</summary>
public sealed record NoTarget : Target
{
    private NoTarget() { }

    /// <summary>The only one.</summary>
    public static NoTarget Instance { get; } = new();
}
