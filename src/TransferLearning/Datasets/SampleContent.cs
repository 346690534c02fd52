namespace TransferLearning;

/// <summary>What a sample holds before any transform: an encoded image, pixels, text.</summary>
public abstract record SampleContent;
