using System.Diagnostics;

namespace TransferLearning.Exchange.Tests;

/// <summary>The Python of this machine, where it has torch.</summary>
internal static class Python
{
    private const string Path = "/usr/bin/python3";

    private static readonly Lazy<bool> Found = new(
        () => File.Exists(Path) && Run("import importlib.util; print(importlib.util.find_spec('torch') is not None)") == "True");

    /// <summary>Skips the test where there is none.</summary>
    public static void Require() => Assert.SkipUnless(Found.Value, "Python with torch is not on this machine.");

    /// <summary>Runs a script and gives what it prints.</summary>
    public static string Run(string script, params string[] arguments)
    {
        using Process process = Process.Start(
            new ProcessStartInfo(Path, ["-c", script, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.GetAwaiter().GetResult());
        return output.Trim();
    }
}
