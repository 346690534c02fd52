namespace TransferLearning;

/// <summary>What the name of a file says: whether it is an image to be used.</summary>
internal static class SampleFileName
{
    public const string ExtensionList = "jpg, jpeg, png, webp, gif, bmp";

    public static bool IsImage(string path) => ClassFileKind.Image.Includes(path);

    /// <summary>Whether a name is one of those that systems and editors leave behind, and no part of the data.</summary>
    public static bool IsHidden(string name) => name.StartsWith('.') || name == "__MACOSX";

    public static bool AnyHidden(string path) => path.Split('/').Any(IsHidden);
}
