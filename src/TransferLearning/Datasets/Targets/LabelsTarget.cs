namespace TransferLearning;

/// <summary>The sample has any number of labels at once.</summary>
/// <param name="Labels">Their numbers, ascending, indices into <see cref="Dataset.ClassNames"/>; none where no label holds.</param>
public sealed record LabelsTarget(IReadOnlyList<int> Labels) : Target
{
    /// <inheritdoc/>
    public override IEnumerable<int> ClassNumbers => Labels;

    /// <inheritdoc/>
    protected internal override Target Renumbered(IReadOnlyList<int> numbers)
        => new LabelsTarget([.. Labels.Select(number => Renumbered(numbers, number)).Order()]);

    /// <inheritdoc/>
    public bool Equals(LabelsTarget? other) => other is not null && Labels.SequenceEqual(other.Labels);

    /// <inheritdoc/>
    public override int GetHashCode() => Labels.Aggregate(Labels.Count, HashCode.Combine);

    /// <inheritdoc/>
    protected internal override ReadOnlyMemory<byte> ToBytes() => ContentBytes.Join([nameof(LabelsTarget), string.Join(' ', Labels)]);
}
