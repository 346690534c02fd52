namespace TransferLearning.Reports.Tests;

/// <summary>The accessibility checker axe-core, where it is: a script that <c>TRANSFERLEARNING_AXE</c> names, or one in a folder
/// <c>node_modules</c> above the tests. Tests without it are skipped.</summary>
internal static class AxeCore
{
    public static string Script()
    {
        string? path = Environment.GetEnvironmentVariable("TRANSFERLEARNING_AXE");
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); path is null && folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "node_modules", "axe-core", "axe.min.js");
            path = File.Exists(candidate) ? candidate : null;
        }

        Assert.SkipUnless(path is not null && File.Exists(path), "There is no axe-core on this machine: npm install axe-core.");
        return File.ReadAllText(path!);
    }
}
