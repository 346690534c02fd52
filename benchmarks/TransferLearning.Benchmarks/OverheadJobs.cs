using System.Diagnostics;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Benchmarks;

/// <summary>The trainer beside the loop one would write by hand, with the same network and the same setting of the allocator.</summary>
internal static class OverheadJobs
{
    private static readonly float[] Mean = [0.485f, 0.456f, 0.406f];
    private static readonly float[] Deviation = [0.229f, 0.224f, 0.225f];

    /// <summary>Epochs of both loops in turn, in one process; seconds of a step, medians.</summary>
    /// <param name="architecture">A network of the catalogue for images of 32 x 32.</param>
    /// <param name="batch">How many images a step has.</param>
    /// <param name="steps">How many steps an epoch has.</param>
    /// <param name="rounds">How many epochs of each.</param>
    /// <param name="threads">How many threads an operation may use; 0 for LibTorch's choice.</param>
    public static string Run(string architecture, int batch, int steps, int rounds, int threads)
    {
        LibTorch.Configure(new RuntimeOptions { Threads = threads > 0 ? threads : null });
        using NoiseDataset noise = new(batch * steps, 32);
        using Dataset dataset = new InMemoryDataset([.. Enumerable.Range(0, noise.Count).Select(noise.Read)], noise.ClassNames);
        using TransferModel model = TransferModel.Create(architecture, 10);
        using ImageNetwork network = ModelCatalog.Get(architecture).Build(new NetworkOptions { Classes = 10 });
        network.Initialize(0);
        using torch.optim.Optimizer optimizer = optim.SGD(network.parameters(), learningRate: 0.001, momentum: 0.9);
        (Tensor pixels, Tensor labels) = Stacked(noise);
        Listener listener = new();
        FineTuneOptions options = new()
        {
            Epochs = 2,
            BatchSize = batch,
            ReportEvery = 1,
            Logger = listener,
            Preprocessor = ImagePipeline.ForEvaluation(ImagePreprocess.ImageNet with { Resize = 0, Crop = 32 }),
        };
        List<double> ours = [], byHand = [];
        ByHand();
        for (int round = 0; round < rounds; round++)
        {
            // The first epoch of a run has the making of threads, optimiser and plan in it; what a step costs shows in the second.
            ours.Add(model.FineTune(dataset, new Sgd(0.001, momentum: 0.9), options, progress: listener).Epochs[1].Seconds / steps);
            byHand.Add(ByHand() / steps);
        }

        pixels.Dispose();
        labels.Dispose();
        double ratio = Median([.. ours.Zip(byHand, (a, b) => a / b)]);
        return JsonSerializer.Serialize(new { ours = Median(ours), byHand = Median(byHand), ratio });

        double ByHand()
        {
            network.train();
            Stopwatch clock = Stopwatch.StartNew();
            using Tensor order = randperm(noise.Count);
            using Tensor mean = tensor(Mean).view(1, 3, 1, 1);
            using Tensor std = tensor(Deviation).view(1, 3, 1, 1);
            for (int step = 0; step < steps; step++)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor rows = order.slice(0, step * batch, (step + 1) * batch, 1);
                Tensor input = (pixels.index_select(0, rows).to(ScalarType.Float32) / 255 - mean) / std;
                optimizer.zero_grad();
                Tensor loss = nn.functional.cross_entropy(network.call(input), labels.index_select(0, rows));
                loss.backward();
                optimizer.step();
                loss.item<float>();
            }

            return clock.Elapsed.TotalSeconds;
        }
    }

    private static (Tensor Pixels, Tensor Labels) Stacked(Dataset dataset)
    {
        using DisposeScope scope = NewDisposeScope();
        byte[] all = [.. Enumerable.Range(0, dataset.Count).SelectMany(i => ((RawImage)dataset.Read(i).Input).Rgb.ToArray())];
        Tensor pixels = tensor(all).view(dataset.Count, 32, 32, 3).permute(0, 3, 1, 2).contiguous();
        Tensor labels = arange(dataset.Count).remainder(10);
        return (pixels.MoveToOuterDisposeScope(), labels.MoveToOuterDisposeScope());
    }

    private static double Median(List<double> numbers) => numbers.Order().ElementAt(numbers.Count / 2);

    /// <summary>Takes every line and report, as a program that shows them would.</summary>
    private sealed class Listener : ILogger, IProgress<TrainingProgress>
    {
        private long _characters;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            => _characters += formatter(state, exception).Length;

        public void Report(TrainingProgress value) => _characters += value.ToString().Length;
    }
}
