namespace TransferLearning;

/// <summary>One row that <see cref="ModelCatalog.Search"/> found: an architecture and one of its published weight sets.</summary>
/// <param name="Variant">The architecture.</param>
/// <param name="Entry">The weights.</param>
public sealed record ModelMatch(ModelVariant Variant, WeightEntry Entry)
{
    /// <inheritdoc/>
    public override string ToString() => Entry.ToString();
}
