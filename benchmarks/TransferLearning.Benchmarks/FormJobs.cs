using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Benchmarks;

/// <summary>What the first batch costs through the form that a network runs fastest in: while that is being found, when it is known, and
/// when it is taken unmeasured.</summary>
internal static class FormJobs
{
    private const int Batches = 7;

    /// <summary>forms ARCHITECTURE SIDE BATCH PRECISION THREADS. The first batch beyond the median of the others, in batches of the plain
    /// network, and the seconds of 244 images.</summary>
    public static string Run(string[] arguments)
    {
        int side = int.Parse(arguments[1], CultureInfo.InvariantCulture), batch = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        int threads = int.Parse(arguments[4], CultureInfo.InvariantCulture);
        LibTorch.Configure(new RuntimeOptions { Threads = threads > 0 ? threads : null });
        Precision precision = Enum.Parse<Precision>(arguments[3]);
        using IDisposable guard = no_grad();
        using ImageNetwork network = ModelCatalog.Get(arguments[0]).Build(new NetworkOptions());
        network.Initialize(1);
        network.eval();
        using Tensor images = randn(batch, 3, side, side);
        string file = Path.Combine(Path.GetTempPath(), $"forms-{Environment.ProcessId}.json");
        try
        {
            // The code is compiled on other images.
            using (Tensor few = randn(8, 3, 128, 128))
            {
                Pass(network, few, precision, new MeasuredForms(file), 2);
            }

            double[] plain = [.. Enumerable.Range(0, 4).Select(_ => Seconds(() => network.ForwardFeatures(images)))];
            double plainBatch = Median(plain[1..]);
            (double[] Seconds, string Form) pinned = Pass(network, images, precision, new MeasuredForms(null, isOn: false), Batches);
            (double[] Seconds, string Form) found = Pass(network, images, precision, new MeasuredForms(file), Batches);
            (double[] Seconds, string Form) known = Pass(network, images, precision, new MeasuredForms(file), Batches);
            return JsonSerializer.Serialize(new
            {
                plainBatch,
                steadyBatch = Median(found.Seconds[1..]),
                form = found.Form,
                unmeasured = Beyond(pinned.Seconds) / plainBatch,
                measured = Beyond(found.Seconds) / plainBatch,
                remembered = Beyond(known.Seconds) / plainBatch,
                seconds244 = found.Seconds[0] + (((244.0 / batch) - 1) * Median(found.Seconds[1..])),
                seconds244Again = known.Seconds[0] + (((244.0 / batch) - 1) * Median(known.Seconds[1..])),
            });
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static (double[] Seconds, string Form) Pass(
        ImageNetwork network, Tensor images, Precision precision, MeasuredForms forms, int batches)
    {
        using OptimizedInference form = new(network, Device.Cpu, precision, forms: forms);
        double[] seconds = [.. Enumerable.Range(0, batches).Select(_ => Seconds(() => form.ForwardFeatures(images)))];
        return (seconds, form.IsFast ? $"{form.Precision}" : "plain");
    }

    private static double Beyond(double[] seconds) => seconds[0] - Median(seconds[1..]);

    private static double Seconds(Func<Tensor> run)
    {
        long start = Stopwatch.GetTimestamp();
        run().Dispose();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(double[] numbers) => numbers.Order().ElementAt(numbers.Length / 2);
}
