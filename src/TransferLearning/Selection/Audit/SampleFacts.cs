namespace TransferLearning;

/// <summary>What an audit knows of one sample after reading it once.</summary>
internal sealed record SampleFacts
{
    /// <summary>Why it cannot be read; null where it can.</summary>
    public string? Problem { get; init; }

    /// <summary>The hash of what it shows: pixels, characters, bytes; null where that cannot be known.</summary>
    public UInt128? Content { get; init; }

    /// <summary>The hash of its words alone, without case, signs and spaces; null for what is no text, or has no word.</summary>
    public UInt128? Words { get; init; }

    /// <summary>What is wrong where there is nothing in it; null for others.</summary>
    public string? Blank { get; init; }

    /// <summary>Of a sound, how long it is.</summary>
    public double? Seconds { get; init; }

    /// <summary>Of an image, what was measured.</summary>
    public ImageFacts? Image { get; init; }
}
