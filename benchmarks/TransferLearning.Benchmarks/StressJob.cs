using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using TransferLearning.Tests;

namespace TransferLearning.Benchmarks;

/// <summary>A long run of the calls with numbers that the tests make for some seconds while garbage is collected without pause.</summary>
internal static class StressJob
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Makes at least so many calls; the result is a file of results in JSON.</summary>
    public static string Run(long calls)
    {
        LibTorch.Load();
        TorchSharp.torch.set_num_threads(1);
        long start = Stopwatch.GetTimestamp();
        (long arithmetic, long steps, long faults) = ScalarStress.WhileCollecting(() => Work(calls));
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        string measured = $"faults in {arithmetic + steps} calls with a Scalar under constant collection";
        object[] rows = [new { name = measured, ratio = faults, goal = 0, direction = "atMost" }];
        return JsonSerializer.Serialize(
            new
            {
                machine = $"{Environment.ProcessorCount} cores of {Processor()}, "
                    + $"{(OperatingSystem.IsLinux() ? "Linux" : "another system")}",
                commit = Environment.GetEnvironmentVariable("COMMIT") ?? "",
                python = "no Python",
                dotnet = Environment.Version.ToString(),
                threads = "1",
                repeats = 1,
                rows,
                arithmetic,
                optimizers = steps,
                collections = GC.CollectionCount(2),
                seconds = Math.Round(seconds, 1),
            },
            Indented);
    }

    private static (long Arithmetic, long Steps, long Faults) Work(long calls)
    {
        (long arithmetic, long steps, long faults) = (0, 0, 0);
        float[][] expected = [.. ScalarStress.Rules.Select(rule => ScalarStress.Optimise(rule, 50).Weights)];
        while (arithmetic + steps < calls)
        {
            (long made, long failed) = ScalarStress.Arithmetic(1000);
            (arithmetic, faults) = (arithmetic + made, faults + failed);
            for (int i = 0; i < expected.Length; i++)
            {
                try
                {
                    (long stepped, float[] weights) = ScalarStress.Optimise(ScalarStress.Rules[i], 50);
                    steps += stepped;
                    faults += weights.AsSpan().SequenceEqual(expected[i]) ? 0 : 1;
                }
                catch (ExternalException exception)
                {
                    faults++;
                    Console.Error.WriteLine(exception.Message);
                }
            }
        }

        return (arithmetic, steps, faults);
    }

    private static string Processor()
    {
        const string Key = "model name";
        string? line = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(entry => entry.StartsWith(Key, StringComparison.Ordinal))
            : null;
        return line is null
            ? RuntimeInformation.ProcessArchitecture.ToString()
            : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }
}
