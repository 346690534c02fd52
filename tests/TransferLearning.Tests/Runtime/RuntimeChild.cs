using System.Diagnostics;
using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>A process of its own in which LibTorch has not been loaded yet; the test runner loads it before the first test.</summary>
internal static class RuntimeChild
{
    public const string Switch = "--runtime-child";

    /// <summary>
    /// Runs a child to its end with a folder for temporary files that does not exist; returns its exit code and all it wrote.
    /// </summary>
    public static (int Code, string Output) Run(params IEnumerable<string> job)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "TransferLearning.Tests"), [Switch, .. job])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["TMPDIR"] = "/nowhere/at/all";
        using Process child = Process.Start(start)!;
        Task<string> errors = child.StandardError.ReadToEndAsync();
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return (child.ExitCode, (output + errors.Result).Trim());
    }

    /// <summary>The child's side: does the job and says whether LibTorch is loaded before and after it.</summary>
    public static int Answer(string[] job)
    {
        string before = State();
        switch (job)
        {
            case ["describe", string file]:
                using (StateDict state = StateDict.Open(file))
                {
                    _ = (
                        state.Entries.Count,
                        ModelCatalog.Variants.Count,
                        ConfigCatalog.Families.Count,
                        new FineTuneOptions(),
                        new Sgd(0.1));
                }

                break;
            case ["create"]:
                TransferModel.Create("resnet20", 2).Dispose();
                break;
            case ["read", string file]:
                using (StateDict state = StateDict.Open(file))
                {
                    state.Read(state.Entries[0].Name).Dispose();
                }

                break;
            case ["torch"]:
                _ = new RuntimeOptions(); // any type of the library
                torch.ones(1).Dispose();
                break;
            default:
                throw new ArgumentException(string.Join(' ', job));
        }

        Console.WriteLine($"{before} {State()}");
        return 0;
    }

    private static string State()
        => $"{LibTorch.IsLoaded} {File.ReadAllText("/proc/self/maps").Contains("libtorch_cpu", StringComparison.Ordinal)}";
}
