namespace TransferLearning;

/// <summary>How a listing of images is read, and what is to be learned of each: a class, several labels or a number.</summary>
public sealed record ImageListOptions : FileListOptions
{
    internal override string Noun => "image";

    private protected override IReadOnlyList<string> UsualPathColumns => ["path", "file", "filename", "image"];
}
