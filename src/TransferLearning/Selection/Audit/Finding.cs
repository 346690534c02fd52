namespace TransferLearning;

/// <summary>Something about one sample that deserves a look.</summary>
/// <param name="Index">The number of the sample in the data set that was audited.</param>
/// <param name="Name">What the sample is called.</param>
/// <param name="Kind">What is wrong.</param>
/// <param name="Evidence">How sure that is, in the terms of the kind, which <paramref name="Message"/> names: a cosine, a number of bits,
/// a margin, a side in pixels.</param>
/// <param name="Message">What was found, and what to do.</param>
/// <param name="Action">What is to be done.</param>
public sealed record Finding(int Index, string Name, FindingKind Kind, double Evidence, string Message, FindingAction Action)
{
    /// <summary>The name of the class that the sample has; null without one.</summary>
    public string? Label { get; init; }

    /// <summary>The name of the class that it probably should have; null where that is not known.</summary>
    public string? SuggestedLabel { get; init; }

    /// <summary>The name of the sample that it is a duplicate of; null for other kinds.</summary>
    public string? Other { get; init; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Kind}: '{Name}' ({Evidence:G4}): {Message}");
}
