namespace TransferLearning;

/// <summary>What the name of a file says: whether it is part of the data.</summary>
internal static class SampleFileName
{
    // Folders that systems, network stores and archivers put beside a user's own, and that hold copies, thumbnails or what was deleted.
    private static readonly HashSet<string> SystemNames = new(StringComparer.OrdinalIgnoreCase)
    {
        "__MACOSX", "$RECYCLE.BIN", "RECYCLER", "System Volume Information", "found.000", "lost+found", "@eaDir", "@tmp", "#recycle",
        "#snapshot", "@Recycle", "@Recently-Snapshot", "Network Trash Folder", "Temporary Items", "TheVolumeSettingsFolder", "__pycache__",
    };

    /// <summary>Whether a name is one of those that systems and editors leave behind, and no part of the data.</summary>
    public static bool IsHidden(string name) => name.StartsWith('.') || SystemNames.Contains(name);

    public static bool AnyHidden(string path) => path.Split('/').Any(IsHidden);
}
