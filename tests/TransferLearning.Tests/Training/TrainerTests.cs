using TorchSharp;

namespace TransferLearning.Tests;

public sealed class TrainerTests
{
    [Fact]
    public void Learns_a_separable_set()
    {
        using ToyTraining toy = new(samples: 64);
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
            using ToyTraining toy = new(samples: 40);
            toy.Train(new FineTuneOptions { Epochs = 2, BatchSize = 16, Seed = seed });
            return toy.Network.State()[0].Value.data<float>().ToArray();
        }
    }

    [Fact]
    public void A_step_leaves_no_tensor_behind()
    {
        using ToyTraining toy = new(samples: 64);
        List<long> counts = [];
        toy.Train(
            new FineTuneOptions { Epochs = 3, BatchSize = 8, ReportEvery = 1 },
            new Immediate<TrainingProgress>(_ => counts.Add(LibTorch.LiveTensorCount)));
        long[] settled = [.. counts.Skip(2).Distinct()];
        Assert.True(settled.Length <= 2 && settled.Max() - settled.Min() <= 2, string.Join(" ", counts));
    }

    [Fact]
    public void A_loss_that_is_no_number_stops_with_epoch_and_batch()
    {
        using ToyTraining toy = new(samples: 32);
        toy.PoisonAt(epoch: 1, batch: 2);
        TrainingException exception = Assert.Throws<TrainingException>(() => toy.Train(new FineTuneOptions { Epochs = 3, BatchSize = 8 }));
        Assert.Equal((2, 3), (exception.Epoch, exception.Batch));
        Assert.Contains("epoch 2, batch 3", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Cancelling_stops_within_one_batch_and_says_why()
    {
        using ToyTraining toy = new(samples: 64);
        using CancellationTokenSource source = new();
        int reports = 0;
        TrainingHistory history = toy.Train(
            new FineTuneOptions { Epochs = 50, BatchSize = 8, ReportEvery = 1 },
            new Immediate<TrainingProgress>(progress =>
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
        using ToyTraining toy = new(samples: 32);
        double[] accuracies = [0.5, 0.9, 0.7, 0.6];
        List<float[]> weights = [];
        int call = 0;
        TrainingHistory history = toy.Train(
            new FineTuneOptions { Epochs = 4, BatchSize = 8 },
            validate: _ =>
            {
                weights.Add(toy.Network.State()[0].Value.data<float>().ToArray());
                return (1, new Score("accuracy", accuracies[call++]));
            });
        Assert.Equal(2, history.BestEpoch);
        Assert.Equal(weights[1], toy.Network.State()[0].Value.data<float>().ToArray());
    }

    [Fact]
    public void Patience_ends_a_run_that_no_longer_improves()
    {
        using ToyTraining toy = new(samples: 32);
        using Dataset validation = new NoSamples();
        TrainingHistory history = toy.Train(
            new FineTuneOptions
            {
                Epochs = 50,
                BatchSize = 8,
                Patience = 2,
                Validation = validation,
            }, validate: _ => (1, new Score("accuracy", 0.5)));
        Assert.Equal(StopReason.NoImprovement, history.StopReason);
        Assert.Equal(3, history.Epochs.Count);
        Assert.Equal(1, history.BestEpoch);
    }

    [Fact]
    public void The_schedule_moves_the_rate()
    {
        using ToyTraining toy = new(samples: 32);
        List<double> rates = [];
        toy.Train(
            new FineTuneOptions { Epochs = 3, BatchSize = 8, Schedule = new StepSchedule(1, 0.1) },
            new Immediate<TrainingProgress>(progress => rates.Add(progress.LearningRate)));
        Assert.Equal([0.05, 0.005, 0.0005], rates.Select(rate => Math.Round(rate, 10)));
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
