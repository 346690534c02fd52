namespace TransferLearning.Onnx;

/// <summary>How a model is written as an ONNX file.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>The version of the operators, 17 to 21. Default: 17, which ONNX Runtime has since 1.12; with
    /// <see cref="IncludePreprocessing"/> 18 is needed.</summary>
    public int Opset { get; init; } = 17;

    /// <summary>
    /// Whether the file takes images as they are, uint8 [N, H, W, 3] of any size, red first, and resizes, crops and normalises them itself,
    /// as the model's preprocessing says. Default: false, the file takes float32 [N, 3, height, width] that is prepared already.
    /// </summary>
    /// <remarks>Resized is as Pillow does it, one direction after the other with a rounding to whole levels between, but with factors in
    /// floating point: about one pixel in a thousand differs by one level of 255 from the library's own; see docs/onnx.md. An image whose
    /// shorter side is smaller than the crop is an error, where the model does not resize.</remarks>
    public bool IncludePreprocessing { get; init; }

    /// <summary>Whether a classifier has an output <c>probabilities</c> beside its <c>logits</c>: their softmax, or sigmoid where several
    /// labels may hold, scaled where the model is calibrated. Default: true. For other tasks there is none.</summary>
    public bool Softmax { get; init; } = true;

    /// <summary>How a text network without a head makes one vector, the output <c>embeddings</c>, of those of its tokens. Default: their
    /// mean.</summary>
    public TextPooling Pooling { get; init; } = TextPooling.Mean;

    /// <summary>Whether <c>embeddings</c> have the length 1. Default: true.</summary>
    public bool NormalizeEmbeddings { get; init; } = true;

    /// <summary>Whether one more batch, of another size, is recorded, and the export refused where the graph does not hold for it. Default:
    /// false. Without it, texts are recorded in three sizes, of which two are needed, and images in the two that are needed.</summary>
    public bool Verify { get; init; }

    /// <summary>Whether the weights lie in a file beside it, NAME.onnx.data. Default: null, only where the file would have more than 2 GB,
    /// which ONNX cannot.</summary>
    public bool? ExternalData { get; init; }

    internal void Check()
    {
        if (Opset is < 17 or > 21)
        {
            throw new ArgumentException($"{nameof(Opset)} is {Opset}; 17 to 21 can be written.");
        }

        if (IncludePreprocessing && Opset < 18)
        {
            throw new ArgumentException(
                $"{nameof(IncludePreprocessing)} resizes with a filter as wide as the image shrinks, which ONNX has from opset 18 on: set "
                    + $"{nameof(Opset)} = 18 or higher.");
        }
    }
}
