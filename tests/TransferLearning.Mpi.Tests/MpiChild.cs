using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using TorchSharp;

namespace Mpi.Tests;

/// <summary>One of the processes that a launcher started.</summary>
internal static class MpiChild
{
    public const string Switch = "--mpi-child";
    public const int Refused = 3;

    /// <summary>What a process found, by scenario.</summary>
    public static Dictionary<string, Outcome> Read(string folder, int rank)
        => JsonSerializer.Deserialize<Dictionary<string, Outcome>>(File.ReadAllText(Path.Combine(folder, $"rank-{rank}.json")))!;

    public static int Run(string job, string folder, string[] rest)
    {
        try
        {
            MpiOptions options = new() { Threads = 1, LargestCount = 1000, Timeout = TimeSpan.FromSeconds(20) };
            switch (job)
            {
                case "library":
                    using (MpiCommunicator.Start(options with { Library = rest[0] }))
                    {
                        return 0;
                    }

                case "score":
                    PocketFamily.Register();
                    Score(folder, int.Parse(rest[0], CultureInfo.InvariantCulture), waits: rest.Length > 1);
                    return 0;
                case "hang":
                    using (MpiCommunicator ranks = MpiCommunicator.Start(options with { Timeout = TimeSpan.FromSeconds(2) }))
                    {
                        PocketFamily.Register();
                        Hang(ranks);
                        return 0;
                    }

                default:
                    using (MpiCommunicator ranks = MpiCommunicator.Start(options))
                    {
                        PocketFamily.Register();
                        Dictionary<string, Outcome> outcomes = job == "scenarios" ? All(ranks) : Checkpointed(ranks, folder, rest);
                        File.WriteAllText(Path.Combine(folder, $"rank-{ranks.Rank}.json"), JsonSerializer.Serialize(outcomes));
                        return 0;
                    }
            }
        }
        catch (Exception exception)
        {
            Console.Error.WriteLine(exception);
            return Refused;
        }
    }

    /// <summary>Trains with a checkpoint after every step; may wait in a sample until it is killed.</summary>
    public static Outcome Train(ICollective? ranks, string run, int batches, int waitAfter = int.MaxValue, ILogger? logger = null)
    {
        int reads = 0;
        using PocketImages images = new(41, _ =>
        {
            if (++reads > waitAfter)
            {
                File.WriteAllText(Path.Combine(Path.GetDirectoryName(run)!, "waiting"), $"{Environment.ProcessId}");
                Thread.Sleep(TimeSpan.FromMinutes(1));
            }
        });
        using ImageModel model = Scenarios.Model(PocketFamily.Normed);
        FineTuneOptions options = Scenarios.Options with
        {
            Communicator = ranks,
            AccumulationSteps = batches,
            Epochs = 3,
            Checkpoints = new CheckpointPolicy(run) { EverySteps = 1, Resume = true },
            Validation = new PocketImages(10),
            Logger = logger,
        };
        TrainingHistory history = model.FineTune(images, new AdamW(0.01), options);
        return Outcome.Of(model, history);
    }

    private static Dictionary<string, Outcome> Checkpointed(MpiCommunicator ranks, string folder, string[] rest)
    {
        bool isKilled = rest is ["killed"];
        string run = Path.Combine(folder, rest is ["whole"] ? "whole" : "run");
        Outcome outcome = Train(ranks, run, 1, isKilled && ranks.Rank == 1 ? 30 : int.MaxValue);
        return new Dictionary<string, Outcome> { ["run"] = outcome };
    }

    private static void Score(string folder, int shard, bool waits)
    {
        using ImageModel model = Scenarios.Model(PocketFamily.Plain).WithClassNames(["red", "green", "blue"]);
        using PocketImages images = new(41, index =>
        {
            if (waits && index == 35)
            {
                File.WriteAllText(Path.Combine(folder, "waiting"), "");
                Thread.Sleep(TimeSpan.FromMinutes(1));
            }
        });
        model.Score(images, Path.Combine(folder, "scores"), (shard, 2), new ScoreOptions { BatchSize = 4, Workers = 0 });
    }

    private static void Hang(MpiCommunicator ranks)
    {
        using PocketImages images = new(16, index =>
        {
            if (ranks.Rank == 1)
            {
                Thread.Sleep(TimeSpan.FromMinutes(1));
            }
        });
        Scenarios.Train(ranks, 1, PocketFamily.Plain, new Sgd(0.1), images: images);
    }

    private static Dictionary<string, Outcome> All(MpiCommunicator ranks)
    {
        Dictionary<string, Outcome> outcomes = [];
        outcomes["collectives"] = Collectives(ranks);
        foreach ((string name, Func<ICollective?, int, Outcome> scenario) in Scenarios.Equal)
        {
            outcomes[name] = scenario(ranks, 1);
        }

        Sgd sgd = new(0.1, momentum: 0.9);
        outcomes["synchronised"] = Scenarios.Train(
            ranks, 1, PocketFamily.Steady, sgd,
            options => Unaugmented(options) with { Distributed = new DistributedOptions { SynchronizedBatchNorm = true } },
            images: new PocketImages(40));
        outcomes["bfloat16"] = Scenarios.Train(
            ranks, 1, PocketFamily.Plain, sgd,
            options => options with { Distributed = new DistributedOptions { GradientPrecision = Precision.BFloat16 } });
        outcomes["local"] = Scenarios.Train(
            ranks, 1, PocketFamily.Normed, sgd, options => options with { Distributed = new DistributedOptions { AverageEvery = 3 } });
        outcomes["exception"] = Caught(ranks, () => Scenarios.Train(
            ranks, 1, PocketFamily.Plain, sgd, images: new PocketImages(41, index => Refuse(ranks.Rank == 1 && index == 40))));
        outcomes["failing observer"] = Caught(ranks, () => Scenarios.Train(
            ranks, 1, PocketFamily.Plain, sgd, options => options with { Observers = [new Failing()] }));
        outcomes["other options"] = Caught(ranks, () => Scenarios.Train(
            ranks, 1, PocketFamily.Plain, sgd, options => options with { Seed = ranks.Rank }));
        outcomes["cancelled"] = Cancelled(ranks);
        return outcomes;
    }

    public static FineTuneOptions Unaugmented(FineTuneOptions options)
        => options with { Preprocessor = ImagePipeline.ForEvaluation(PocketImages.Preprocess) };

    private static Outcome Cancelled(MpiCommunicator ranks)
    {
        using CancellationTokenSource source = new();
        int reads = 0;
        using PocketImages images = new(41, _ =>
        {
            if (ranks.Rank == 1 && ++reads == 30)
            {
                source.Cancel();
            }
        });
        using ImageModel model = Scenarios.Model(PocketFamily.Normed, ranks);
        TrainingHistory history = model.FineTune(
            images, new Sgd(0.1), Scenarios.Options with { Communicator = ranks, Epochs = 50 }, cancellationToken: source.Token);
        return Outcome.Of(model, history);
    }

    private static Outcome Caught(MpiCommunicator ranks, Action action)
    {
        try
        {
            action();
            return new Outcome([], [], [], "no exception");
        }
        catch (Exception exception) when (exception is CollectiveException or SampleLoadException or InvalidOperationException)
        {
            ranks.Barrier(); // the connection stays sound
            return new Outcome([], [], [], $"{exception.GetType().Name}: {exception.Message}");
        }
    }

    // More numbers than one call of MPI carries here, of every kind.
    private static Outcome Collectives(MpiCommunicator ranks)
    {
        const int Count = 2500;
        int size = ranks.Size;
        float[] floats = [.. Enumerable.Range(0, Count).Select(i => (float)(i + ranks.Rank))];
        double[] doubles = [.. floats.Select(value => value / 3.0)];
        long[] longs = [.. floats.Select(value => (long)value << 40)];
        byte[] own = [.. Enumerable.Range(0, Count).Select(i => (byte)(i + ranks.Rank))], all = new byte[Count * size];
        byte[] sent = [.. Enumerable.Range(0, Count * size).Select(i => (byte)((i / Count * 7) + ranks.Rank))];
        byte[] got = new byte[sent.Length];
        byte[] received = [.. own];
        ranks.AllReduce(floats.AsSpan());
        ranks.AllReduce(doubles.AsSpan());
        ranks.AllReduce(longs.AsSpan());
        ranks.AllGather(own, all);
        ranks.AllToAll(sent, got);
        ranks.Broadcast(received, size - 1);
        ranks.Barrier();
        int others = size * (size - 1) / 2;
        bool[] right =
        [
            floats.Index().All(entry => entry.Item == (entry.Index * size) + others),
            doubles.Index().All(entry => Math.Abs(entry.Item - (((entry.Index * size) + others) / 3.0)) < 1e-9),
            longs.Index().All(entry => entry.Item == ((long)((entry.Index * size) + others) << 40)),
            all.Index().All(entry => entry.Item == (byte)((entry.Index % Count) + (entry.Index / Count))),
            got.Index().All(entry => entry.Item == (byte)((ranks.Rank * 7) + (entry.Index / Count))),
            received.Index().All(entry => entry.Item == (byte)(entry.Index + size - 1)),
            ranks.LocalSize == size,
        ];
        return new Outcome([], [], [], string.Join(' ', right.Select(value => value.ToString(CultureInfo.InvariantCulture))));
    }

    private static void Refuse(bool isDamaged)
    {
        if (isDamaged)
        {
            throw new InvalidDataException("It is damaged.");
        }
    }

    private sealed class Failing : IProgress<TrainingEvent>
    {
        public void Report(TrainingEvent value)
        {
            if (value is TrainingEvent.StepTaken { Step: 3 })
            {
                throw new InvalidOperationException("The observer fails.");
            }
        }
    }
}
