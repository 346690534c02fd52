namespace TransferLearning;

/// <summary>What a sample holds before it is preprocessed: an encoded image, pixels, text.</summary>
public abstract record SampleContent;
