using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>A process of its own, which may be killed, run out of disk or of memory. It is this same program with a switch.</summary>
internal static partial class FaultChild
{
    public const string Switch = "--fault-child";
    public const string Ready = "training";

    /// <summary>Where the child leaves what it has learnt.</summary>
    public static string Result(string folder) => Path.Combine(folder, "result.safetensors");

    /// <summary>Starts a child; the caller disposes it.</summary>
    public static Process Start(params IEnumerable<string> job)
    {
        ProcessStartInfo start = new(Path.Combine(AppContext.BaseDirectory, "TransferLearning.Tests"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // A runtime that maps its code twice, to write and to run it, may be the first to find no room.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.ArgumentList.Add(Switch);
        foreach (string argument in job)
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    /// <summary>Runs a child to its end; returns its exit code and all it wrote.</summary>
    public static (int Code, string Output) RunToEnd(params IEnumerable<string> job)
    {
        using Process child = Start(job);
        Task<string> errors = child.StandardError.ReadToEndAsync();
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        return (child.ExitCode, output + errors.Result);
    }

    /// <summary>The child's side.</summary>
    public static int Run(string[] job)
    {
        LibTorch.Load();
        torch.set_num_threads(1);
        try
        {
            switch (job)
            {
                case ["train", string folder]:
                    Train(folder, null);
                    return 0;
                case ["full-disk", string folder]:
                    Train(folder, () => Limit(FileSize, 4096));
                    return 0;
                case ["features", string folder]:
                    Extract(folder);
                    return 0;
                case ["memory"]:
                    RunOutOfMemory();
                    return 0;
                default:
                    return 2;
            }
        }
        catch (Exception exception) when (exception is IOException or TrainingException)
        {
            Console.WriteLine($"{exception.GetType().Name}: {exception.Message}");
            return 3;
        }
    }

    private static void Train(string folder, Action? afterCheckpoint)
    {
        using ToyPerceptron toy = new() { AfterCheckpoint = afterCheckpoint };
        int batch = 0;
        toy.BeforeBatch = () =>
        {
            if (batch++ == 0)
            {
                Console.WriteLine(Ready);
            }

            Thread.Sleep(1); // so that the run outlasts its killers
        };
        toy.Train(folder);
        using StateDict state = StateDict.FromTensors(ModuleState.Of(toy.Network));
        state.Save(Result(folder));
    }

    // A chunk for every eight images, so that there is much to be interrupted.
    private static void Extract(string folder)
    {
        using ImageModel model = TransferModel.Create("resnet20", classes: 2, seed: 4);
        using Dataset images = NoiseImages.Of(160);
        using FeatureCache cache = new(new FeatureCacheOptions { Folder = folder }) { ChunkBytes = 8 * 64 * sizeof(float) };
        bool isReady = false;
        Immediate<int> reported = new(_ =>
        {
            if (!isReady)
            {
                isReady = true;
                Console.WriteLine(Ready);
            }
        });
        using FeatureSet features = model.ExtractFeatures(
            images, new FeatureOptions { Cache = cache, BatchSize = 4, Workers = 1 }, reported);
        features.Save(Result(folder));
    }

    private static void RunOutOfMemory()
    {
        using ToyPerceptron toy = new(width: 4096);
        bool isWarm = false;
        toy.BeforeBatch = () =>
        {
            if (!isWarm)
            {
                isWarm = true;
                long size = File.ReadLines("/proc/self/status").Where(line => line.StartsWith("VmSize:", StringComparison.Ordinal))
                    .Select(line => long.Parse(line[7..^2], System.Globalization.CultureInfo.InvariantCulture)).First() * 1024;
                Limit(AddressSpace, size + (512L << 20));
            }
        };
        toy.Train(null, batchSize: 65536);
    }

    private const int FileSize = 1;
    private const int AddressSpace = 9;
    private const int FileSizeSignal = 25;

    private static void Limit(int resource, long value)
    {
        _ = signal(FileSizeSignal, 1); // the write fails then, instead of ending the process
        long[] limits = [value, value];
        if (setrlimit(resource, limits) != 0)
        {
            throw new InvalidOperationException("setrlimit");
        }
    }

    [LibraryImport("libc")]
    private static partial int setrlimit(int resource, long[] limits);

    [LibraryImport("libc")]
    private static partial nint signal(int number, nint handler);
}
