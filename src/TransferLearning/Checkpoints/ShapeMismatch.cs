namespace TransferLearning;

/// <summary>A target whose shape differs from that of the tensor of the same name.</summary>
/// <param name="Name">The name.</param>
/// <param name="Expected">The target's shape.</param>
/// <param name="Found">The shape in the checkpoint.</param>
public sealed record ShapeMismatch(string Name, IReadOnlyList<long> Expected, IReadOnlyList<long> Found)
{
    /// <summary>For example <c>fc.weight: expected [10, 512], found [1000, 512]</c>.</summary>
    public override string ToString() => $"{Name}: expected [{string.Join(", ", Expected)}], found [{string.Join(", ", Found)}]";
}
