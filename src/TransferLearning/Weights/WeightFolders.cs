namespace TransferLearning;

/// <summary>The places where a published file may lie, in the order in which they are looked at.</summary>
internal static class WeightFolders
{
    /// <summary>Where a download goes: the home if there is one, else PyTorch's cache.</summary>
    public static string Download(WeightStoreOptions options) => Home(options) ?? TorchCache(options);

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

        yield return Path.Combine(TorchCache(options), fileName);
    }

    private static string? Home(WeightStoreOptions options)
        => (options.Home ?? Set(options, "TRANSFERLEARNING_HOME")) is { } home ? Full(home) : null;

    // As torch.hub finds it: $TORCH_HOME, else torch in $XDG_CACHE_HOME, else torch in ~/.cache, on every system.
    private static string TorchCache(WeightStoreOptions options)
        => Path.Combine(
            Full(Set(options, "TORCH_HOME") ?? Path.Combine(Set(options, "XDG_CACHE_HOME") ?? Path.Combine("~", ".cache"), "torch")),
            "hub",
            "checkpoints");

    private static string? Set(WeightStoreOptions options, string name) => options.Variable(name) is { Length: > 0 } value ? value : null;

    private static string Full(string path)
    {
        bool isUnderProfile = path == "~" || path.StartsWith("~/", StringComparison.Ordinal)
            || path.StartsWith("~\\", StringComparison.Ordinal);
        return Path.GetFullPath(isUnderProfile
            ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), path[1..].TrimStart('/', '\\'))
            : path);
    }
}
