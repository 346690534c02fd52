namespace TransferLearning;

/// <summary>A list in the description of a GGUF file.</summary>
/// <param name="Count">How many values it has.</param>
/// <param name="First">The first of them, eight at most.</param>
public sealed record GgufArray(long Count, IReadOnlyList<object> First)
{
    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", First)}{(Count > First.Count ? $", … {Count} in all" : "")}]";
}
