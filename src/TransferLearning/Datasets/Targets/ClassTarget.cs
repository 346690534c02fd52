namespace TransferLearning;

/// <summary>The sample has one class.</summary>
/// <param name="Class">Its number, an index into <see cref="Dataset.ClassNames"/>.</param>
public sealed record ClassTarget(int Class) : Target
{
    /// <inheritdoc/>
    public override IEnumerable<int> ClassNumbers => [Class];

    /// <inheritdoc/>
    protected internal override Target Renumbered(IReadOnlyList<int> numbers) => new ClassTarget(Renumbered(numbers, Class));

    /// <inheritdoc/>
    protected internal override ReadOnlyMemory<byte> ToBytes() => ContentBytes.Join([nameof(ClassTarget), $"{Class}"]);
}
