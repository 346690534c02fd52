using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace TransferLearning.Cli.Tests;

/// <summary>One run of the tool as a process: what it wrote and its exit code.</summary>
public sealed partial record ToolRun(int ExitCode, string Output, string Error)
{
    private const int Interrupt = 2; // SIGINT
    private const int Terminate = 15; // SIGTERM
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(2);

    /// <summary>The folder of the repository.</summary>
    public static string Repository { get; } = Path.GetFullPath(Metadata("Repository"));

    /// <summary>What it wrote, as one JSON document.</summary>
    public JsonElement Json => Parse(Output);

    /// <summary>Each line of what it wrote, as a JSON document.</summary>
    public JsonElement[] JsonLines => [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)];

    /// <summary>Runs it in a folder.</summary>
    public static ToolRun In(string folder, params string[] arguments) => Run(folder, null, null, arguments);

    /// <summary>Runs it with something to read.</summary>
    public static ToolRun WithInput(string folder, string input, params string[] arguments) => Run(folder, input, null, arguments);

    /// <summary>Runs it and presses Ctrl-C when a line of its output, or of its notes, begins with something.</summary>
    public static ToolRun Interrupted(string folder, string atLine, params string[] arguments) => Run(folder, null, atLine, arguments);

    private static ToolRun Run(string folder, string? input, string? atLine, string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [Metadata("Tool"), .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["OMP_NUM_THREADS"] = "1";
        start.Environment["TRANSFERLEARNING_FORMS"] = "default"; // nothing is measured, so nothing depends on the clock
        using Process process = Process.Start(start)!;
        List<string> output = [], error = [];
        process.OutputDataReceived += (_, line) => Take(output, line.Data);
        process.ErrorDataReceived += (_, line) => Take(error, line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        Assert.True(process.WaitForExit(Longest), "the tool did not end");
        process.WaitForExit();
        return new ToolRun(process.ExitCode, string.Join('\n', output), string.Join('\n', error));

        void Take(List<string> lines, string? line)
        {
            if (line is not null)
            {
                lines.Add(line);
                if (atLine is not null && line.StartsWith(atLine, StringComparison.Ordinal))
                {
                    _ = Kill(process.Id, Signal);
                }
            }
        }
    }

    private static JsonElement Parse(string text) => JsonSerializer.Deserialize<JsonElement>(text);

    private static string Metadata(string key)
        => typeof(ToolRun).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(one => one.Key == key).Value!;

    // What was started in the background ignores the interrupt, and so do its children.
    private static int Signal
    {
        get
        {
            string ignored = File.ReadLines("/proc/self/status").Single(line => line.StartsWith("SigIgn:", StringComparison.Ordinal));
            return (Convert.ToUInt64(ignored.Split('\t')[1], 16) & (1UL << (Interrupt - 1))) == 0 ? Interrupt : Terminate;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int process, int signal);
}
