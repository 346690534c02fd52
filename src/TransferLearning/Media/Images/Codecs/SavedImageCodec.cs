namespace TransferLearning;

/// <summary>Stands for the codec that a saved model was used with, which a file cannot hold: it says what to do.</summary>
/// <param name="saved">The codec's own text.</param>
/// <param name="package">The assembly it came from.</param>
internal sealed class SavedImageCodec(string saved, string package) : IImageCodec
{
    public string Package => package;

    public ImagePixels Decode(ReadOnlyMemory<byte> encoded, string name) => throw new MediaException(
        name,
        $"'{name}' cannot be decoded yet: the model was saved with the codec {saved}, which is not part of its file. Reference the package "
            + $"{package} and call model.{nameof(ImageModel.WithCodec)}(…) with that codec after loading, or with "
            + $"{nameof(ImageCodec)}.{nameof(ImageCodec.Default)} to decode without it.");

    public override string ToString() => saved;
}
