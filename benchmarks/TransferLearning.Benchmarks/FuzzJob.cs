using System.Diagnostics;
using System.Globalization;
using TransferLearning.Tests;

namespace TransferLearning.Benchmarks;

/// <summary>A long run of the fuzzing that the tests do for some seconds.</summary>
internal static class FuzzJob
{
    /// <summary>Gives every parser its share of the inputs; the result is a file of results in JSON.</summary>
    /// <param name="count">How many inputs in all.</param>
    /// <param name="seeds">The seed of the first parser; the others follow. Default: the clock, so that no two runs are the same.</param>
    public static string Run(int count, string[] seeds)
    {
        LibTorch.Load();
        int seed = seeds is [string given] ? int.Parse(given, CultureInfo.InvariantCulture) : Environment.TickCount & 0xFFFFFF;
        int share = (count + FuzzTargets.All.Count - 1) / FuzzTargets.All.Count;
        List<object> rows = [];
        List<object> parsers = [];
        int all = 0;
        int faults = 0;
        foreach (FuzzTarget target in FuzzTargets.All)
        {
            int own = 0;
            long start = Stopwatch.GetTimestamp();
            (int inputs, int refused) = (0, 0);
            // After a fault the parser continues with another seed, so that one fault does not hide the next.
            for (int round = 0; inputs < share && own < 10; round++)
            {
                FuzzRun run = new(target, seed + (1000 * round));
                try
                {
                    run.Run(share - inputs, TimeSpan.MaxValue);
                }
                catch (InvalidOperationException exception)
                {
                    own++;
                    Console.Error.WriteLine(exception.Message);
                }

                inputs += run.Done.Inputs;
                refused += run.Done.Refused;
            }

            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Console.Error.WriteLine($"{target.Name}: {inputs} inputs, {refused} refused, {own} faults, {seconds:F1} s");
            parsers.Add(new { target.Name, inputs, refused, faults = own, seconds = Math.Round(seconds, 1) });
            (all, faults, seed) = (all + inputs, faults + own, seed + 1);
        }

        string name = $"faults in {all} damaged files over {FuzzTargets.All.Count} parsers";
        rows.Add(new { name, ratio = faults, goal = 0, direction = "atMost" });
        return ResultsFile.Of(rows, new { parsers });
    }
}
