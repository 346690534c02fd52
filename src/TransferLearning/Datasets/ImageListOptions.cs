namespace TransferLearning;

/// <summary>How a listing of images is read, and what is to be learned of each: a class, several labels or a number.</summary>
public sealed record ImageListOptions : FileListOptions
{
    /// <summary>The codec that the model decodes with. A listed file whose ending is none of its <see cref="IImageCodec.Extensions"/> is an
    /// error. Default: null, any file that is listed is taken for an image.</summary>
    public IImageCodec? Codec { get; init; }

    internal override bool Includes(string path) => Codec is null || ClassFileKind.Images(Codec).Includes(path);

    internal override string Noun => "image";

    private protected override IReadOnlyList<string> UsualPathColumns => ["path", "file", "filename", "image"];
}
