using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using TorchSharp;
using TransferLearning.Onnx;
using TransferLearning.Tests;
using static TorchSharp.torch;

namespace TransferLearning.Benchmarks;

/// <summary>Exports every network of the catalogue and runs the file in ONNX Runtime: how far the two are from each other.</summary>
internal static class OnnxJobs
{
    private const double Goal = 1e-4;

    /// <param name="arguments">Names of networks; none for all.</param>
    public static string Run(string[] arguments)
    {
        LibTorch.Load();
        List<(string Family, string Name, double Difference, double Seconds, long Bytes)> all = [];
        foreach (ModelFamily family in ModelCatalog.Families)
        {
            foreach (ModelVariant variant in family.Variants.Where(row => arguments.Length == 0 || arguments.Contains(row.Name)))
            {
                (double difference, double seconds, long bytes) = Measure(variant.Name);
                all.Add((family.Name, variant.Name, difference, seconds, bytes));
                Console.Error.WriteLine($"{variant.Name}: {difference:g3}, {seconds:f1} s, {bytes >> 20} MB");
            }
        }

        return ResultsFile.Of(
            all.GroupBy(row => row.Family).Select(rows => new
            {
                name = $"{rows.Key}: {rows.Count()} networks, largest difference over 1e-4",
                ratio = rows.Max(row => row.Difference) / Goal,
                goal = 1.0,
                direction = "atMost",
            }),
            new
            {
                networks = all.ToDictionary(
                    row => row.Name,
                    row => new { difference = row.Difference, seconds = Math.Round(row.Seconds, 2), megabytes = row.Bytes >> 20 }),
            });
    }

    // The largest difference of a logit for batches of 1 and 3, as a share of the largest logit where that is above 1.
    private static (double Difference, double Seconds, long Bytes) Measure(string name)
    {
        using TemporaryFolder folder = new();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        using ImageModel model = ImageModel.Create(name, 1000, seed: 1);
        new ParityFill("onnx", 3).Fill(model.Module.State());
        Stopwatch watch = Stopwatch.StartNew();
        OnnxExportReport report = model.ExportOnnx(folder.File("network.onnx"));
        double seconds = watch.Elapsed.TotalSeconds;
        using SessionOptions options = new() { IntraOpNumThreads = 1 };
        using InferenceSession session = new(report.Files[0], options);
        int side = model.Preprocess.Crop;
        double difference = 0;
        foreach (int count in new[] { 1, 3 })
        {
            torch.Tensor images = rand(count, 3, side, side);
            float[] expected = [.. model.Module.call(images).data<float>()];
            using IDisposableReadOnlyCollection<DisposableNamedOnnxValue> outputs = session.Run(
                [NamedOnnxValue.CreateFromTensor(
                    "images", new DenseTensor<float>(images.data<float>().ToArray(), (int[])[count, 3, side, side]))]);
            float[] actual = [.. outputs.First(output => output.Name == "logits").AsTensor<float>()];
            double scale = Math.Max(1, expected.Max(Math.Abs));
            double largest = expected.Zip(actual).Max(pair => Math.Abs((double)pair.First - pair.Second)) / scale;
            difference = double.IsNaN(largest) ? double.PositiveInfinity : Math.Max(difference, largest);
        }

        return (difference, seconds, report.Files.Sum(file => new FileInfo(file).Length));
    }
}
