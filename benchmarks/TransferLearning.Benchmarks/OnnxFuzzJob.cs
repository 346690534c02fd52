using TransferLearning.Onnx.Tests;
using TransferLearning.Tests;

namespace TransferLearning.Benchmarks;

/// <summary>Reads damaged ONNX files, and measures the longest and the most memory that they take.</summary>
internal static class OnnxFuzzJob
{
    private const double Milliseconds = 5000;
    private const double Megabytes = 512;

    /// <summary>onnx-fuzz FILES: the result is a file of results in JSON; a file that ends otherwise than in a network or a refusal ends
    /// the run.</summary>
    public static string Run(int count)
    {
        LibTorch.Load();
        using TemporaryFolder folder = new();
        using CancellationTokenSource watch = new(TimeSpan.FromHours(1));
        OnnxFuzz fuzz = new(Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "OnnxFixtures"), "*.onnx"), folder.Path);
        fuzz.Run(20, seed: 1, watch.Token);
        long before = Jobs.PeakBytes();
        fuzz.Run(count, seed: 30_000, watch.Token);
        double megabytes = (Jobs.PeakBytes() - before) / 1e6;
        object[] rows =
        [
            new { name = $"longest of {count} damaged ONNX files, ms", ratio = Math.Round(fuzz.LongestMilliseconds, 1),
                goal = Milliseconds, direction = "atMost" },
            new { name = $"memory that {count} damaged ONNX files added, MB", ratio = Math.Round(megabytes, 1), goal = Megabytes,
                direction = "atMost" },
        ];
        return ResultsFile.Of(rows, new { fuzz.Read, fuzz.Refused, fuzz.Kinds });
    }
}
