using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using TransferLearning.Mpi;

namespace TransferLearning.Benchmarks;

/// <summary>Work of several processes, started by <c>mpirun</c>; the first one prints what it took.</summary>
internal static class DistributedJobs
{
    /// <summary>Sums so many numbers over all processes, again and again: ELEMENTS REPEATS.</summary>
    public static string AllReduce(string[] arguments)
    {
        using MpiCommunicator ranks = MpiCommunicator.Start();
        float[] values = new float[int.Parse(arguments[0], CultureInfo.InvariantCulture)];
        double[] seconds = new double[int.Parse(arguments[1], CultureInfo.InvariantCulture)];
        ranks.AllReduce(values.AsSpan());
        for (int i = 0; i < seconds.Length; i++)
        {
            ranks.Barrier();
            long start = Stopwatch.GetTimestamp();
            ranks.AllReduce(values.AsSpan());
            seconds[i] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        Array.Sort(seconds);
        return Result(ranks, new { seconds = seconds[seconds.Length / 2], version = ranks.Version, size = ranks.Size });
    }

    /// <summary>
    /// ResNet-18 on noise: PIXELS full|frozen IMAGES BATCH [bfloat16]. Full: the second of two epochs. Frozen: the features of all images,
    /// and five epochs of the head.
    /// </summary>
    public static string Train(string[] arguments)
    {
        using MpiCommunicator ranks = MpiCommunicator.Start(new MpiOptions { Threads = 1 });
        int side = int.Parse(arguments[0], CultureInfo.InvariantCulture), images = int.Parse(arguments[2], CultureInfo.InvariantCulture);
        using InMemoryDataset dataset = Noise(images, side);
        using ImageModel model = ImageModel.Create("resnet18", 10);
        FineTuneOptions options = new()
        {
            Epochs = arguments[1] == "full" ? 2 : 5,
            BatchSize = int.Parse(arguments[3], CultureInfo.InvariantCulture),
            Workers = 0,
            Preprocessor = ImagePipeline.ForEvaluation(new ImagePreprocess(0, side, ChannelValues.ImageNetMean, ChannelValues.ImageNetStd)),
            Communicator = ranks,
            Distributed = new DistributedOptions
            {
                GradientPrecision = arguments.Contains("bfloat16") ? Precision.BFloat16 : Precision.Float32,
            },
        };
        if (arguments[1] == "frozen")
        {
            model.FreezeBackbone();
        }

        ranks.Barrier();
        TrainingHistory history = model.FineTune(dataset, new Sgd(0.001, momentum: 0.9), options);
        double seconds = arguments[1] == "full" ? history.Epochs[^1].Seconds : history.Seconds;
        long steps = history.Steps / history.Epochs.Count;
        return Result(ranks, new { seconds, images, steps, loss = history.FinalLoss, size = ranks.Size });
    }

    /// <summary>
    /// What the form of the gradients does to accuracy: a ResNet-20 fine-tuned on the emoji of the samples. SAMPLES SEED
    /// float32|bfloat16.
    /// </summary>
    public static string Accuracy(string[] arguments)
    {
        using MpiCommunicator ranks = MpiCommunicator.Start(new MpiOptions { Threads = 1 });
        string emoji = Path.Combine(arguments[0], "emoji.zip");
        using Dataset training = ImageFolder.Open(emoji, "train");
        using Dataset test = ImageFolder.Open(emoji, "val", training.ClassNames);
        using ImageModel model = Pretrained.ResNet20(Path.Combine(arguments[0], "resnet20-cifar10.safetensors"))
            .ReplaceHead(training.ClassNames);
        TrainingHistory history = model.FineTune(training, new Sgd(0.05, momentum: 0.9), new FineTuneOptions
        {
            Epochs = 10,
            BatchSize = 16,
            Seed = int.Parse(arguments[1], CultureInfo.InvariantCulture),
            Schedule = new OneCycleSchedule(0.05),
            Communicator = ranks,
            Distributed = new DistributedOptions
            {
                GradientPrecision = arguments[2] == "bfloat16" ? Precision.BFloat16 : Precision.Float32,
            },
        });
        EvaluationResult result = model.Evaluate(test);
        return Result(ranks, new { accuracy = result.Accuracy, loss = result.Loss, seconds = history.Seconds });
    }

    private static string Result<T>(MpiCommunicator ranks, T result) => ranks.Rank == 0 ? JsonSerializer.Serialize(result) : "";

    private static InMemoryDataset Noise(int images, int side)
    {
        List<Sample> samples = [];
        for (int i = 0; i < images; i++)
        {
            SeededRandom random = new(1, i);
            byte[] pixels = new byte[side * side * 3];
            for (int k = 0; k < pixels.Length; k++)
            {
                pixels[k] = (byte)random.NextInt32(256);
            }

            samples.Add(new Sample($"noise {i}", i % 10, new RawImage(side, side, pixels)));
        }

        return new InMemoryDataset(samples, [.. Enumerable.Range(0, 10).Select(i => $"{i}")]);
    }
}
