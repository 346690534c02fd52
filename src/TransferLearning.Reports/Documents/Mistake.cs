namespace TransferLearning.Reports;

/// <summary>A sample that was predicted wrongly, and what can be shown of it.</summary>
/// <param name="Prediction">What was predicted.</param>
internal sealed record Mistake(SamplePrediction Prediction)
{
    /// <summary>Its image, small, as a JPEG file; null for texts and sounds, or where it could not be read.</summary>
    public ReadOnlyMemory<byte>? Image { get; init; }

    /// <summary>What the network saw of it with the attribution over it, as a JPEG file.</summary>
    public ReadOnlyMemory<byte>? Overlay { get; init; }

    /// <summary>Its text, as far as it is shown.</summary>
    public string? Text { get; init; }

    /// <summary>Its second text.</summary>
    public string? Pair { get; init; }

    /// <summary>The share of each word of its text in the prediction.</summary>
    public IReadOnlyList<TokenAttribution> Words { get; init; } = [];

    /// <summary>What share of the attribution lies in the outer fifth of each side; null where there is no attribution.</summary>
    public double? BorderShare { get; init; }

    /// <summary>What an audit says about it.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
