using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace TransferLearning.Benchmarks;

/// <summary>From encoded images to normalised values: on one thread, and through the loader.</summary>
internal static class ImageJobs
{
    /// <summary>Decode, shorter side 256, centre 224, normalise, on this thread; the CPU time for an image.</summary>
    public static string OneThread(string folder, double seconds)
    {
        Sample[] samples = Read(folder);
        ImagePipeline pipeline = ImagePipeline.ForEvaluation(ImagePreprocess.ImageNet);
        float[] numbers = new float[3 * 224 * 224];
        Run(seconds / 2); // warms up
        (long images, double used) = Run(seconds);
        return JsonSerializer.Serialize(new { millisecondsPerImage = 1000 * used / images, images });

        (long Images, double Used) Run(double limit)
        {
            SeededRandom random = new(1);
            TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
            Stopwatch clock = Stopwatch.StartNew();
            long count = 0;
            while (clock.Elapsed.TotalSeconds < limit)
            {
                foreach (Sample sample in samples)
                {
                    pipeline.Apply(sample, ref random, numbers);
                }

                count += samples.Length;
            }

            return (count, (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds);
        }
    }

    /// <summary>The same through a loader of batches with some workers; images a second of the clock.</summary>
    public static string Loader(string folder, int workers, double seconds)
    {
        using InMemoryDataset dataset = new(Read(folder), ["image"]);
        BatchLoader loader = new(
            dataset, ImagePipeline.ForEvaluation(ImagePreprocess.ImageNet), new LoaderOptions { BatchSize = 32, Workers = workers });
        Run(seconds / 2);
        return JsonSerializer.Serialize(new { imagesPerSecond = Run(seconds), workers = workers.ToString(CultureInfo.InvariantCulture) });

        double Run(double limit)
        {
            Stopwatch clock = Stopwatch.StartNew();
            long count = 0;
            for (int epoch = 0; clock.Elapsed.TotalSeconds < limit; epoch++)
            {
                foreach (Batch batch in loader.Epoch(epoch))
                {
                    count += batch.Count;
                    batch.Dispose();
                }
            }

            return count / clock.Elapsed.TotalSeconds;
        }
    }

    private static Sample[] Read(string folder)
        => [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal)
            .Select(file => new Sample(file, 0, new EncodedImage(File.ReadAllBytes(file))))];
}
