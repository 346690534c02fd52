using System.Diagnostics;
using System.Text.Json;
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

    /// <summary>onnx ROWS: every network that ROWS lacks, each in a process of its own, because the memory that a process once had stays
    /// with it; then the file of results. It may be stopped and started again.</summary>
    public static string Run(string[] arguments)
    {
        HashSet<string> done = [.. Rows(arguments[0]).Select(row => row.Name)];
        foreach (ModelVariant variant in ModelCatalog.Families.SelectMany(family => family.Variants).Where(row => !done.Contains(row.Name)))
        {
            ProcessStartInfo start = new(Environment.ProcessPath!, ["job", "onnx-one", arguments[0], variant.Name]);
            using Process process = Process.Start(start)!;
            process.WaitForExit();
        }

        Dictionary<string, OnnxRow> rows = Rows(arguments[0]).ToDictionary(row => row.Name);
        return ResultsFile.Of(
            ModelCatalog.Families.Select(family => (
                    family.Name,
                    family.Variants.Count,
                    Rows: family.Variants.Where(one => rows.ContainsKey(one.Name)).Select(one => rows[one.Name])))
                .Where(family => family.Rows.Any())
                .Select(family => new
                {
                    name = $"{family.Name}: {family.Rows.Count()} of {family.Count} networks, largest difference over 1e-4",
                    ratio = family.Rows.Max(row => row.Difference) / Goal,
                    goal = 1.0,
                    direction = "atMost",
                }),
            new
            {
                networks = rows.ToDictionary(
                    row => row.Key,
                    row => new { difference = row.Value.Difference, seconds = row.Value.Seconds, megabytes = row.Value.Bytes >> 20 }),
            });
    }

    /// <summary>onnx-one ROWS NAME: one network, a line more in ROWS.</summary>
    public static string One(string[] arguments)
    {
        LibTorch.Load();
        OnnxRow row = Measure(arguments[1]);
        File.AppendAllText(arguments[0], JsonSerializer.Serialize(row) + "\n");
        Console.Error.WriteLine(row);
        return "";
    }

    private static IReadOnlyList<OnnxRow> Rows(string file)
        => File.Exists(file) ? [.. File.ReadLines(file).Select(line => JsonSerializer.Deserialize<OnnxRow>(line)!)] : [];

    // The largest difference of a logit for batches of 1 and 3, as a share of the largest logit where that is above 1.
    private static OnnxRow Measure(string name)
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

        return new OnnxRow(name, difference, Math.Round(seconds, 2), report.Files.Sum(file => new FileInfo(file).Length));
    }

    private sealed record OnnxRow(string Name, double Difference, double Seconds, long Bytes);
}
