using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using TorchSharp;

namespace TransferLearning.Benchmarks;

/// <summary>What enters the head, for the same images: by the plain network, by its inference form, and by ONNX Runtime.</summary>
internal static class FeatureJobs
{
    /// <summary>
    /// features-accuracy WEIGHTS IMAGES: what bfloat16 does to a real task. A probe on MobileNetV2's features in float32, evaluated with
    /// features in float32 and in bfloat16.
    /// </summary>
    public static string Accuracy(string weights, string images)
    {
        using Dataset training = ImageFolder.Open(images, "train");
        using Dataset validation = ImageFolder.Open(images, "val");
        PretrainedOptions fromTensorFlow = new()
        {
            Preprocess = ImagePreprocess.MinusOneToOne,
            Network = new NetworkOptions { TensorFlowPadding = true },
        };
        using ImageModel model = Pretrained.MobileNetV2(weights, fromTensorFlow).ReplaceHead(training.ClassNames.Count);
        model.Probe(training, new Adam(0.001), new FineTuneOptions { Epochs = 30, BatchSize = 32, Seed = 1 });
        EvaluationResult exact = model.Evaluate(validation, new EvaluateOptions { BatchSize = 16 });
        EvaluationResult close = model.Evaluate(validation, new EvaluateOptions { BatchSize = 16, Precision = Precision.BFloat16 });
        using FeatureSet features = model.ExtractFeatures(validation, new FeatureOptions { BatchSize = 16 });
        using FeatureSet halved = model.ExtractFeatures(validation, new FeatureOptions { BatchSize = 16, Precision = Precision.BFloat16 });
        double difference = ((features.Features - halved.Features).norm() / features.Features.norm()).item<float>();
        BatchLoader loader = new(validation, model.Preprocessor, new LoaderOptions { BatchSize = 16 });
        using Batch first = loader.Epoch(0).First();
        using OptimizedInference form = new(model.Module, Device.Cpu, Precision.BFloat16);
        form.ForwardFeatures(((ImageInput)first.Input).Values).Dispose();
        return JsonSerializer.Serialize(new
        {
            images = validation.Count,
            accuracyInFloat32 = exact.Accuracy,
            accuracyInBFloat16 = close.Accuracy,
            lossInFloat32 = exact.Loss,
            lossInBFloat16 = close.Loss,
            featuresDifferBy = difference,
            answeredBy = Answering(form),
        });
    }

    /// <summary>features WAY WEIGHTS-OR-ONNX ARCHITECTURE SIDE BATCH REPEATS THREADS; WAY is plain, Float32, BFloat16, Int8 or
    /// onnx.</summary>
    public static string Run(string[] arguments)
    {
        int[] numbers = [.. arguments[3..].Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
        (int side, int batch, int repeats, int threads) = (numbers[0], numbers[1], numbers[2], numbers[3]);
        LibTorch.Configure(new RuntimeOptions { Threads = threads });
        using IDisposable guard = torch.no_grad();
        using torch.Generator generator = new(1);
        using torch.Tensor images = torch.randn([batch, 3, side, side], generator: generator);
        (string way, string file, string architecture) = (arguments[0], arguments[1], arguments[2]);
        if (way == "onnx")
        {
            using SessionOptions options = new()
            {
                IntraOpNumThreads = threads,
                GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            };
            using InferenceSession session = new(file, options);
            using RunOptions run = new();
            float[] pixels = images.data<float>().ToArray();
            return Time(() =>
            {
                using OrtValue input = OrtValue.CreateTensorValueFromMemory(pixels, [batch, 3, side, side]);
                using IDisposableReadOnlyCollection<OrtValue> output = session.Run(run, ["images"], [input], ["features"]);
            });
        }

        using ImageModel model = Pretrained.Load(architecture, file);
        ImageNetwork network = model.Module;
        network.eval();
        if (way == "plain")
        {
            return Time(() => network.ForwardFeatures(images).Dispose());
        }

        using OptimizedInference form = new(network, Device.Cpu, Enum.Parse<Precision>(way));
        using torch.Tensor plain = network.ForwardFeatures(images);
        Stopwatch making = Stopwatch.StartNew();
        using torch.Tensor fast = form.ForwardFeatures(images);
        double secondsOfFirst = making.Elapsed.TotalSeconds;
        double difference = ((plain - fast).norm() / plain.norm()).item<float>();
        return Time(() => form.ForwardFeatures(images).Dispose(), difference, form.IsFast, Answering(form), secondsOfFirst);

        string Time(
            Action forward, double relativeDifference = 0, bool isFast = false, string answeredBy = "plain", double secondsOfFirst = 0)
        {
            forward();
            forward();
            double[] seconds = new double[repeats];
            TimeSpan before = Environment.CpuUsage.TotalTime;
            for (int i = 0; i < repeats; i++)
            {
                Stopwatch clock = Stopwatch.StartNew();
                forward();
                seconds[i] = clock.Elapsed.TotalSeconds;
            }

            double cpu = (Environment.CpuUsage.TotalTime - before).TotalSeconds / repeats;
            Array.Sort(seconds);
            return JsonSerializer.Serialize(new
            {
                imagesPerSecond = batch / seconds[repeats / 2],
                imagesPerSecondAtBest = batch / seconds[0],
                imagesPerCpuSecond = batch / cpu,
                relativeDifference,
                isFast,
                answeredBy,
                secondsOfFirst,
            });
        }
    }

    private static string Answering(OptimizedInference form) => form.IsFast ? form.Precision.ToString() : "plain";
}
