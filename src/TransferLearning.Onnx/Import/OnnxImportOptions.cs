namespace TransferLearning.Onnx;

/// <summary>What the images of an ONNX file's network were, where that differs from the catalogue's preprocessing. The first convolution is
/// changed so that it takes red, green and blue as everywhere else.</summary>
public sealed record OnnxImportOptions
{
    /// <summary>Whether the file's network takes blue, green and red. Default: false.</summary>
    public bool IsBlueFirst { get; init; }

    /// <summary>What the file's network takes for a value that the catalogue's network takes as 1: 255 where it was trained with values
    /// from 0 to 255. Default: 1.</summary>
    public double InputScale { get; init; } = 1;

    internal void Check()
    {
        if (!double.IsFinite(InputScale) || InputScale <= 0)
        {
            throw new ArgumentException($"{nameof(InputScale)} is {InputScale}; a positive number is expected.");
        }
    }
}
