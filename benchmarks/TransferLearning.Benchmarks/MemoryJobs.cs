using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text.Json;

namespace TransferLearning.Benchmarks;

/// <summary>Whether memory stays flat over long runs, and how time and memory grow with the number of samples.</summary>
internal static class MemoryJobs
{
    // Steps so small only wait for a second thread.
    private static readonly RuntimeOptions OneThread = new() { Threads = 1 };

    /// <summary>Resident memory at the end of each epoch; what the second half of the run adds.</summary>
    public static string Epochs(int epochs)
    {
        LibTorch.Configure(OneThread);
        using NoiseDataset dataset = new(200, 32);
        using TransferModel model = TransferModel.Create("resnet20", 10);
        Watch watch = new();
        FineTuneOptions options = new() { Epochs = epochs, BatchSize = 20, ReportEvery = 1000 };
        model.FineTune(dataset, new Sgd(0.01, momentum: 0.9), options, progress: watch);
        return watch.ToJson();
    }

    /// <summary>Resident memory a hundred times in one epoch; what the second half of the run adds.</summary>
    public static string Steps(int steps)
    {
        LibTorch.Configure(OneThread);
        using NoiseDataset dataset = new(steps * 4, 8);
        using TransferModel model = TinyNetwork.Create(10);
        Watch watch = new();
        FineTuneOptions options = new()
        {
            Epochs = 1,
            BatchSize = 4,
            ReportEvery = Math.Max(steps / 100, 1),
            Preprocessor = ImagePipeline.ForEvaluation(ImagePreprocess.ImageNet with { Resize = 0, Crop = 8 }),
        };
        model.FineTune(dataset, new Sgd(0.01, momentum: 0.9), options, progress: watch);
        return watch.ToJson();
    }

    /// <summary>A zip file of images opened as a data set, and one epoch of the smallest network over it.</summary>
    public static string Growth(int samples)
    {
        string file = Path.Combine(Directory.CreateTempSubdirectory("growth-").FullName, "images.zip");
        try
        {
            Write(file, samples);
            LibTorch.Configure(OneThread);
            Run(file, 1000); // so that what is compiled and allocated once is not counted
            GC.Collect();
            long before = Resident("VmRSS:");
            Stopwatch clock = Stopwatch.StartNew();
            Run(file, samples);
            double seconds = clock.Elapsed.TotalSeconds;
            return JsonSerializer.Serialize(new { samples, seconds, bytes = Math.Max(Resident("VmHWM:") - before, 0) });
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }

    private static void Run(string file, int samples)
    {
        using Dataset all = ImageFolder.Open(file);
        using Dataset some = all.Take(samples);
        using TransferModel model = TinyNetwork.Create(all.ClassNames.Count);
        model.FineTune(some, new Sgd(0.01), new FineTuneOptions
        {
            Epochs = 1,
            BatchSize = 100,
            Preprocessor = ImagePipeline.ForEvaluation(ImagePreprocess.ImageNet with { Resize = 0, Crop = 8 }),
        });
    }

    private static void Write(string file, int samples)
    {
        byte[][] images = [.. Enumerable.Range(0, 10).Select(Image)];
        using ZipArchive archive = ZipFile.Open(file, ZipArchiveMode.Create);
        for (int i = 0; i < samples; i++)
        {
            using Stream entry = archive.CreateEntry($"{i % 10}/{i:D7}.png", CompressionLevel.NoCompression).Open();
            entry.Write(images[i % 10]);
        }
    }

    private static byte[] Image(int number)
    {
        using ImagePixels pixels = new(8, 8);
        pixels.Bytes.Fill((byte)(number * 25));
        return ImageEncoder.ToPng(pixels);
    }

    private static long Resident(string field) => File.ReadLines("/proc/self/status")
        .Where(line => line.StartsWith(field, StringComparison.Ordinal))
        .Select(line => long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024)
        .First();

    private sealed class Watch : IProgress<TrainingProgress>
    {
        private readonly List<long> _resident = [];
        private readonly List<long> _tensors = [];

        public void Report(TrainingProgress value)
        {
            _resident.Add(Resident("VmRSS:"));
            _tensors.Add(LibTorch.LiveTensorCount);
        }

        public string ToJson()
        {
            int early = _resident.Count / 10;
            int warm = _resident.Count / 2; // by then the managed heap has its working size
            return JsonSerializer.Serialize(new
            {
                reports = _resident.Count,
                atTenth = _resident[early],
                atHalf = _resident[warm],
                largestAfter = _resident.Skip(warm).Max(),
                last = _resident[^1],
                tensorsAtHalf = _tensors[warm],
                mostTensorsAfter = _tensors.Skip(warm).Max(),
            });
        }
    }
}
