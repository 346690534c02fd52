using TorchSharp;

namespace TransferLearning.Tests;

public sealed class TrainerTests
{
    [Fact]
    public void Learns_a_separable_set()
    {
        using Toy toy = new(samples: 64);
        TrainingHistory history = toy.Train(new FineTuneOptions { Epochs = 6, BatchSize = 16 }, rate: 0.01);
        Assert.Equal(StopReason.Completed, history.StopReason);
        Assert.Equal(6, history.Epochs.Count);
        Assert.True(history.Epochs[^1].Loss < 0.5 * history.Epochs[0].Loss, history.ToString());
        Assert.True(history.Epochs[^1].Accuracy > 0.9, history.ToString());
    }

    [Fact]
    public void The_same_seed_gives_the_same_weights_bit_for_bit()
    {
        float[] first = Weights(seed: 3);
        Assert.Equal(first, Weights(seed: 3));
        Assert.NotEqual(first, Weights(seed: 4));

        static float[] Weights(long seed)
        {
            using Toy toy = new(samples: 40);
            toy.Train(new FineTuneOptions { Epochs = 2, BatchSize = 16, Seed = seed });
            return toy.Network.State()[0].Value.data<float>().ToArray();
        }
    }

    [Fact]
    public void A_step_leaves_no_tensor_behind()
    {
        using Toy toy = new(samples: 64);
        List<long> counts = [];
        toy.Train(new FineTuneOptions { Epochs = 3, BatchSize = 8, ReportEvery = 1 }, new Reporter(_ => counts.Add(LibTorch.LiveTensorCount)));
        long[] settled = [.. counts.Skip(2).Distinct()];
        Assert.True(settled.Length <= 2 && settled.Max() - settled.Min() <= 2, string.Join(" ", counts));
    }

    [Fact]
    public void A_loss_that_is_no_number_stops_with_epoch_and_batch()
    {
        using Toy toy = new(samples: 32);
        toy.PoisonAt(epoch: 1, batch: 2);
        TrainingException exception = Assert.Throws<TrainingException>(() => toy.Train(new FineTuneOptions { Epochs = 3, BatchSize = 8 }));
        Assert.Equal((2, 3), (exception.Epoch, exception.Batch));
        Assert.Contains("epoch 2, batch 3", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cancelling_stops_within_one_batch_and_says_why()
    {
        using Toy toy = new(samples: 64);
        using CancellationTokenSource source = new();
        int reports = 0;
        TrainingHistory history = toy.Train(
            new FineTuneOptions { Epochs = 50, BatchSize = 8, ReportEvery = 1 },
            new Reporter(progress =>
            {
                reports++;
                if (progress is { Epoch: 2, Batch: 3, EpochResult: null })
                {
                    source.Cancel();
                }
            }),
            source.Token);
        Assert.Equal(StopReason.Cancelled, history.StopReason);
        Assert.Single(history.Epochs);
        Assert.Equal(8 + 1 + 3, reports);
    }

    [Fact]
    public void The_best_epoch_on_the_validation_set_is_what_remains()
    {
        using Toy toy = new(samples: 32);
        double[] accuracies = [0.5, 0.9, 0.7, 0.6];
        List<float[]> weights = [];
        int call = 0;
        TrainingHistory history = toy.Train(
            new FineTuneOptions { Epochs = 4, BatchSize = 8 },
            validate: _ =>
            {
                weights.Add(toy.Network.State()[0].Value.data<float>().ToArray());
                return (1, accuracies[call++]);
            });
        Assert.Equal(2, history.BestEpoch);
        Assert.Equal(weights[1], toy.Network.State()[0].Value.data<float>().ToArray());
    }

    [Fact]
    public void Patience_ends_a_run_that_no_longer_improves()
    {
        using Toy toy = new(samples: 32);
        using Dataset validation = new NoSamples();
        TrainingHistory history = toy.Train(
            new FineTuneOptions { Epochs = 50, BatchSize = 8, Patience = 2, Validation = validation }, validate: _ => (1, 0.5));
        Assert.Equal(StopReason.NoImprovement, history.StopReason);
        Assert.Equal(3, history.Epochs.Count);
        Assert.Equal(1, history.BestEpoch);
    }

    [Fact]
    public void The_schedule_moves_the_rate()
    {
        using Toy toy = new(samples: 32);
        List<double> rates = [];
        toy.Train(
            new FineTuneOptions { Epochs = 3, BatchSize = 8, Schedule = new StepSchedule(1, 0.1) },
            new Reporter(progress => rates.Add(progress.LearningRate)));
        Assert.Equal([0.05, 0.005, 0.0005], rates.Select(rate => Math.Round(rate, 10)));
    }

    /// <summary>A small real network on pictures whose brightest third says the class.</summary>
    private sealed class Toy : IBatchSource, IDisposable
    {
        private readonly torch.Tensor _images;
        private readonly torch.Tensor _labels;
        private (int Epoch, int Batch)? _poison;
        private FineTuneOptions _options = new();

        public Toy(int samples)
        {
            SampleCount = samples;
            Network = ModelCatalog.Get("resnet20").Build(new NetworkOptions { Classes = 3 });
            Network.Initialize(0);
            SeededRandom random = new(7);
            float[] pixels = new float[samples * 3 * 8 * 8];
            long[] labels = new long[samples];
            for (int i = 0; i < pixels.Length; i++)
            {
                int sample = i / (3 * 64);
                labels[sample] = sample % 3;
                pixels[i] = (float)random.NextGaussian() + (i / 64 % 3 == sample % 3 ? 1.5f : 0);
            }

            _images = torch.tensor(pixels, [samples, 3, 8, 8]);
            _labels = torch.tensor(labels);
        }

        public Network Network { get; }

        public int SampleCount { get; }

        public int BatchCount => (SampleCount + _options.BatchSize - 1) / _options.BatchSize;

        public long SkippedCount => 0;

        public void PoisonAt(int epoch, int batch) => _poison = (epoch, batch);

        public TrainingHistory Train(
            FineTuneOptions options,
            IProgress<TrainingProgress>? progress = null,
            CancellationToken cancellationToken = default,
            Func<CancellationToken, (double Loss, double Accuracy)>? validate = null,
            double rate = 0.05)
        {
            _options = options;
            ParameterGroup all = new("all", [.. Network.named_parameters().Select(entry => (entry.name, (torch.Tensor)entry.parameter))]);
            ClassificationStep step = new(Device.Cpu, Network.ForwardTraining, options.Loss);
            TrainingTask task = new(Network, [all], step.Compute, FreezeStatistics: true, validate);
            using Trainer trainer = new(task, this, new Sgd(rate, momentum: 0.9), options, progress);
            return trainer.Run(cancellationToken);
        }

        public IEnumerable<IBatch> Epoch(int epoch)
        {
            FeatureBatches source = new(_images, _labels, _options.BatchSize, shuffle: true, _options.Seed);
            int number = 0;
            foreach (Batch batch in source.Epoch(epoch))
            {
                if (_poison == (epoch, number++))
                {
                    batch.Inputs.fill_(float.NaN);
                }

                yield return batch;
            }
        }

        public void Dispose()
        {
            Network.Dispose();
            _images.Dispose();
            _labels.Dispose();
        }
    }

    private sealed class Reporter(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }

    private sealed class NoSamples : Dataset
    {
        public override int Count => 0;

        public override IReadOnlyList<string> ClassNames => [];

        public override int LabelOf(int index) => throw new ArgumentOutOfRangeException(nameof(index));

        public override string NameOf(int index) => throw new ArgumentOutOfRangeException(nameof(index));

        public override Sample Read(int index) => throw new ArgumentOutOfRangeException(nameof(index));
    }
}
