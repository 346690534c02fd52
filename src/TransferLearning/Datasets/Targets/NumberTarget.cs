namespace TransferLearning;

/// <summary>The sample has a number, for regression.</summary>
/// <param name="Value">The number.</param>
public sealed record NumberTarget(double Value) : Target
{
    /// <inheritdoc/>
    protected internal override ReadOnlyMemory<byte> ToBytes()
        => ContentBytes.Join([nameof(NumberTarget), Value.ToString("R", CultureInfo.InvariantCulture)]);
}
