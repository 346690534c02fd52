using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace TransferLearning.Benchmarks;

/// <summary>Filling a network that is built from a file, beside reading the file.</summary>
internal static class LoadingJobs
{
    private static readonly byte[] Buffer = new byte[1 << 20];

    /// <summary>
    /// Builds a network and fills it, once, in memory that this process has not touched before. The code has run before on another, small
    /// network when <paramref name="small"/> names a file of mobilenet_v3_small.
    /// </summary>
    public static string Once(string architecture, string file, string? small)
    {
        LibTorch.Load();
        if (small is not null)
        {
            for (int i = 0; i < 30; i++)
            {
                Fill("mobilenet_v3_small", small);
                Read(small);
            }
        }

        long before = PeakBytes();
        double raw = Enumerable.Range(0, 5).Select(_ => Read(file)).Order().ElementAt(2);
        (double build, double load) = Fill(architecture, file);
        return JsonSerializer.Serialize(new
        {
            raw,
            build,
            load,
            buildAndLoad = build + load,
            peakBytes = PeakBytes() - before,
            fileBytes = new FileInfo(file).Length,
        });
    }

    private static (double Build, double Load) Fill(string architecture, string file)
    {
        Stopwatch clock = Stopwatch.StartNew();
        using Network network = ModelCatalog.Get(architecture).Build();
        double build = clock.Elapsed.TotalSeconds;
        clock.Restart();
        using StateDict state = StateDict.Open(file);
        state.LoadInto(network.State());
        return (build, clock.Elapsed.TotalSeconds);
    }

    private static double Read(string file)
    {
        Stopwatch clock = Stopwatch.StartNew();
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.Read, 0);
        while (stream.Read(Buffer) > 0)
        {
        }

        return clock.Elapsed.TotalSeconds;
    }

    // The highest resident set of this process so far, which Linux keeps.
    private static long PeakBytes() => File.ReadLines("/proc/self/status")
        .Where(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
        .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024)
        .First();
}
