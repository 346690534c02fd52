using System.Text.Json;

namespace TransferLearning.Tests;

/// <summary>
/// Where the goldens come from: the folder that the environment variable <c>TRANSFERLEARNING_PARITY</c> names, or the
/// copy that lies beside the tests.
/// </summary>
internal static class ParityFolder
{
    public static string Path { get; } = Environment.GetEnvironmentVariable("TRANSFERLEARNING_PARITY") is { Length: > 0 } folder
        ? Existing(folder)
        : System.IO.Path.Combine(AppContext.BaseDirectory, "Fixtures", "Parity");

    /// <summary>The full path of a file inside the folder.</summary>
    public static string File(string relativePath) => System.IO.Path.Combine(Path, relativePath);

    /// <summary>Reads one JSON file of the folder; the caller disposes the document.</summary>
    public static JsonDocument Json(string relativePath) => JsonDocument.Parse(System.IO.File.ReadAllText(File(relativePath)));

    private static string Existing(string folder) => Directory.Exists(folder)
        ? System.IO.Path.GetFullPath(folder)
        : throw new DirectoryNotFoundException($"TRANSFERLEARNING_PARITY names '{folder}', which is no folder.");
}
