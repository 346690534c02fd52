using System.Diagnostics;
using System.Runtime.InteropServices;
using TransferLearning.Tests;

namespace TransferLearning.Benchmarks;

/// <summary>A long run of the calls with numbers that the tests make for some seconds while garbage is collected without pause.</summary>
internal static class StressJob
{
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
        return ResultsFile.Of(
            rows,
            new { arithmetic, optimizers = steps, collections = GC.CollectionCount(2), seconds = Math.Round(seconds, 1) });
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
}
