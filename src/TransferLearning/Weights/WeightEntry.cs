namespace TransferLearning;

/// <summary>One published set of weights, with all that belongs to it.</summary>
/// <param name="Architecture">The variant it fits: <c>resnet18</c>.</param>
/// <param name="Name">The set's name: <c>IMAGENET1K_V1</c>.</param>
/// <param name="Address">Where the file is published.</param>
/// <param name="Sha256Prefix">The first hexadecimal digits of the file's SHA-256, usually eight; longer ones check more.</param>
/// <param name="Classes">How many classes its classifier has.</param>
/// <param name="Preprocess">How images must be prepared for it.</param>
/// <param name="Licence">The licence of the weights as far as it is stated.</param>
public sealed record WeightEntry(
    string Architecture, string Name, Uri Address, string Sha256Prefix, int Classes, ImagePreprocess Preprocess, string Licence)
{
    /// <summary>Top-1 accuracy on the validation set it was published with, in per cent; null if not published.</summary>
    public double? Top1 { get; init; }

    /// <summary>Top-5 accuracy on the validation set it was published with, in per cent; null if not published.</summary>
    public double? Top5 { get; init; }

    /// <summary>The number of parameters of the network with its published classifier.</summary>
    public long? Parameters { get; init; }

    /// <summary>Multiplications and additions for one image at the published size, in thousands of millions.</summary>
    public double? GigaFlops { get; init; }

    /// <summary>The names of its classes, in the order of the logits; null if they are not known.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }

    /// <summary>The file's name as it is stored on disk: the last part of the address.</summary>
    public string FileName => Path.GetFileName(Address.LocalPath);

    /// <inheritdoc/>
    public override string ToString() => $"{Architecture}.{Name}";
}
