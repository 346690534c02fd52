namespace TransferLearning;

/// <summary>What a sample holds before any transform: an encoded picture, pixels, text.</summary>
public abstract record SampleContent;
