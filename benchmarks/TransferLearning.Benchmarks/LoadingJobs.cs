using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TorchSharp;

namespace TransferLearning.Benchmarks;

/// <summary>Filling a network that is built from a file, beside reading the file.</summary>
internal static class LoadingJobs
{
    private static readonly byte[] Buffer = new byte[1 << 20];

    /// <summary>
    /// loading ARCHITECTURE FILE WAY [SMALL]: builds a network and fills it, once, in memory that this process has not touched before. WAY
    /// is copy, map, or map-verified for a file whose checksums need not be compared. The code has run before on another, small network
    /// when SMALL names a file of mobilenet_v3_small.
    /// </summary>
    public static string Once(string[] arguments)
    {
        (string architecture, string file, string? small) = (arguments[0], arguments[1], arguments.ElementAtOrDefault(3));
        CheckpointOptions options = new() { MapFile = arguments[2] != "copy", VerifyChecksums = arguments[2] != "map-verified" };
        LibTorch.Load();
        if (small is not null)
        {
            // As often as the runtime wants before it compiles in full, which it does in the background.
            for (int i = 0; i < 100; i++)
            {
                Fill("mobilenet_v3_small", small, options);
                Read(small);
            }

            Thread.Sleep(500);
        }

        long before = PeakBytes();
        double raw = Enumerable.Range(0, 5).Select(_ => Read(file)).Order().ElementAt(2);
        (double build, double load, double touch) = Fill(architecture, file, options);
        return JsonSerializer.Serialize(new
        {
            raw,
            build,
            load,
            buildAndLoad = build + load,
            loadAndTouch = load + touch,
            peakBytes = PeakBytes() - before,
            fileBytes = new FileInfo(file).Length,
        });
    }

    private static (double Build, double Load, double Touch) Fill(string architecture, string file, CheckpointOptions options)
    {
        Stopwatch clock = Stopwatch.StartNew();
        using ImageNetwork network = ModelCatalog.Get(architecture).Build();
        double build = clock.Elapsed.TotalSeconds;
        clock.Restart();
        using StateDict state = StateDict.Open(file, options);
        state.LoadInto(network.State());
        double load = clock.Elapsed.TotalSeconds;
        clock.Restart();
        using IDisposable scope = torch.NewDisposeScope();
        foreach ((_, torch.Tensor value) in network.State())
        {
            if (!value.sum().isfinite().item<bool>())
            {
                throw new InvalidDataException("A weight is NaN or infinity.");
            }
        }

        return (build, load, clock.Elapsed.TotalSeconds);
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
