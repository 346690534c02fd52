namespace TransferLearning.Tests;

/// <summary>
/// Real images, weights and texts that are too large or not free to commit. They are looked for in the folder that
/// <c>TRANSFERLEARNING_DATA</c> names, else in <c>shared/data</c> beside a folder above the tests; a test that needs
/// them is skipped, and counted as skipped, where they are absent.
/// </summary>
internal static class SharedData
{
    private static readonly string? Root = Find();

    /// <summary>The full path of a file or folder of the shared data; skips the running test when it is not there.</summary>
    public static string Path(string relativePath)
    {
        string? path = Root is null ? null : System.IO.Path.Combine(Root, relativePath);
        Assert.SkipUnless(
            path is not null && (File.Exists(path) || Directory.Exists(path)),
            $"The shared data file '{relativePath}' is not on this machine.");
        return path!;
    }

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("TRANSFERLEARNING_DATA") is { Length: > 0 } named)
        {
            return named;
        }

        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = System.IO.Path.Combine(folder.FullName, "shared", "data");
            if (Directory.Exists(candidate))
            {
                return candidate;
            }
        }

        return null;
    }
}
