namespace TransferLearning;

/// <summary>What a sample holds before any transform: an encoded picture, pixels, and later text or sound.</summary>
public abstract record SampleContent;
