namespace TransferLearning;

/// <summary>The places where a published file may lie, in the order in which they are looked at.</summary>
internal static class WeightFolders
{
    public const string NoHome = "the user has no home folder on this system; set TRANSFERLEARNING_HOME to a folder for weights";

    /// <summary>
    /// Where a download goes: the home if there is one, else PyTorch's cache; null where the system knows no folder of the user.
    /// </summary>
    public static string? Download(WeightStoreOptions options) => Home(options) ?? TorchCache(options);

    /// <summary>The paths at which a file of that name may be.</summary>
    public static IEnumerable<string> Candidates(WeightStoreOptions options, string fileName)
    {
        if (options.Path is { } path)
        {
            yield return Path.GetFullPath(Directory.Exists(path) ? Path.Combine(path, fileName) : path);
        }

        if (Home(options) is { } home)
        {
            yield return Path.Combine(home, fileName);
        }

        if (TorchCache(options) is { } cache)
        {
            yield return Path.Combine(cache, fileName);
        }
    }

    private static string? Home(WeightStoreOptions options)
        => (options.Home ?? Set(options, "TRANSFERLEARNING_HOME")) is { } home ? Full(options, home) : null;

    // As torch.hub finds it: $TORCH_HOME, else torch in $XDG_CACHE_HOME, else torch in ~/.cache, on every system.
    private static string? TorchCache(WeightStoreOptions options)
    {
        string folder = Set(options, "TORCH_HOME") ?? Path.Combine(Set(options, "XDG_CACHE_HOME") ?? Path.Combine("~", ".cache"), "torch");
        return Full(options, folder) is { } full ? Path.Combine(full, "hub", "checkpoints") : null;
    }

    private static string? Set(WeightStoreOptions options, string name) => options.Variable(name) is { Length: > 0 } value ? value : null;

    // A path below "~" must not become one below the working directory because nobody knows what "~" is.
    private static string? Full(WeightStoreOptions options, string path)
    {
        bool isUnderProfile = path == "~"
            || path.StartsWith("~/", StringComparison.Ordinal)
            || path.StartsWith("~\\", StringComparison.Ordinal);
        if (!isUnderProfile)
        {
            return Path.GetFullPath(path);
        }

        return options.UserFolder() is { Length: > 0 } user && Path.IsPathRooted(user)
            ? Path.GetFullPath(Path.Combine(user, path[1..].TrimStart('/', '\\')))
            : null;
    }
}
