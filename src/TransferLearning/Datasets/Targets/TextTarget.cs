namespace TransferLearning;

/// <summary>The text that a model is to write of the sample: its translation, its summary, its transcript.</summary>
/// <param name="Text">The text.</param>
public sealed record TextTarget(string Text) : Target
{
    /// <inheritdoc/>
    protected internal override ReadOnlyMemory<byte> ToBytes() => ContentBytes.Join([nameof(TextTarget), Text]);
}
