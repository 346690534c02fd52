namespace TransferLearning;

/// <summary>What the name of a file says: whether it is a picture to be used.</summary>
internal static class PictureFileName
{
    public const string ExtensionList = "jpg, jpeg, png, webp, gif, bmp";

    public static bool IsPicture(string path) => ClassFileKind.Picture.Includes(path);

    /// <summary>Whether a name is one of those that systems and editors leave behind, and no part of the data.</summary>
    public static bool IsHidden(string name) => name.StartsWith('.') || name == "__MACOSX";

    public static bool AnyHidden(string path) => path.Split('/').Any(IsHidden);
}
