namespace TransferLearning;

/// <summary>Objects in an image, each with a box and a class; geometric transforms move the boxes with the pixels.</summary>
/// <param name="Boxes">Where the objects are, in pixels.</param>
/// <param name="Classes">What each is, an index into <see cref="Dataset.ClassNames"/>.</param>
public sealed record BoxesTarget(IReadOnlyList<BoundingBox> Boxes, IReadOnlyList<int> Classes) : Target
{
    /// <inheritdoc/>
    public override IEnumerable<int> ClassNumbers => Classes;

    /// <inheritdoc/>
    public bool Equals(BoxesTarget? other) => other is not null && Boxes.SequenceEqual(other.Boxes) && Classes.SequenceEqual(other.Classes);

    /// <inheritdoc/>
    public override int GetHashCode() => Classes.Aggregate(Boxes.Count, HashCode.Combine);

    /// <inheritdoc/>
    protected internal override Target Renumbered(IReadOnlyList<int> numbers)
        => this with { Classes = [.. Classes.Select(number => numbers[number])] };

    /// <inheritdoc/>
    protected internal override ReadOnlyMemory<byte> ToBytes()
        => ContentBytes.Join([nameof(BoxesTarget), string.Join(' ', Boxes), string.Join(' ', Classes)]);
}
