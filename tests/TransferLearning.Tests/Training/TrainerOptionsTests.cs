using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class TrainerOptionsTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Accumulated_batches_give_the_gradient_of_one_large_batch(bool weighted)
    {
        CrossEntropyLoss loss = weighted ? new(classWeights: [0.2, 3, 1]) : new();
        float[] large = GradientsOf(20, 1);
        float[] accumulated = GradientsOf(6, 4); // 6 + 6 + 6 + 2 samples: the last batch is smaller
        double scale = large.Max(Math.Abs);
        Assert.All(large.Zip(accumulated), pair => Assert.Equal(pair.First, pair.Second, 2e-6 * scale));

        float[] GradientsOf(int batchSize, int steps)
        {
            using ToyTraining toy = new(20, hasUnevenClasses: true);
            FineTuneOptions options = new() { Epochs = 1, BatchSize = batchSize, AccumulationSteps = steps, Loss = loss };
            TrainingPlan plan = toy.Plan(options);
            toy.Network.eval(); // batch norms would look at one batch at a time
            using OptimizerState optimizer = new Sgd(0).CreateState(plan.Groups);
            using TrainingStep step = new(plan, options, optimizer, null);
            foreach (Batch batch in toy.Epoch(0, 0))
            {
                using (batch)
                {
                    step.Add(batch, 0, 0);
                }
            }

            step.Take(0, 0);
            return toy.Gradients();
        }
    }

    [Fact]
    public void An_incomplete_last_group_is_a_step_of_its_own()
    {
        using ToyTraining toy = new(40);
        List<TrainingEvent> events = [];
        TrainingHistory history = toy.Train(
            new FineTuneOptions
            {
                Epochs = 2,
                BatchSize = 8,
                AccumulationSteps = 2,
                Observers = [new Immediate<TrainingEvent>(events.Add)],
            });
        Assert.Equal(2 * 3, history.Steps); // 2 + 2 + 1 batches
        Assert.Equal(6, events.OfType<TrainingEvent.StepTaken>().Count());
        Assert.All(history.Epochs, epoch => Assert.InRange(epoch.Accuracy!.Value, 0, 1));
    }

    [Fact]
    public void Cancelling_within_a_step_of_several_batches_forgets_its_batches()
    {
        using ToyTraining toy = new(64);
        using CancellationTokenSource source = new();
        float[] before = [];
        int batches = 0;
        toy.BeforeBatch = _ =>
        {
            if (batches++ == 4)
            {
                before = toy.Weights();
                source.Cancel();
            }
        };
        TrainingHistory history = toy.Train(
            new FineTuneOptions { Epochs = 1, BatchSize = 8, AccumulationSteps = 4 }, cancellationToken: source.Token);
        Assert.Equal(StopReason.Cancelled, history.StopReason);
        Assert.Equal(1, history.Steps);
        Assert.Equal(before, toy.Weights());
    }

    [Fact]
    public void The_average_of_weights_is_what_PyTorch_defines()
    {
        using ToyTraining toy = new(40);
        List<float[]> weights = [];
        Tensor first = toy.Network.parameters().First();
        toy.Train(new FineTuneOptions
        {
            Epochs = 1,
            BatchSize = 8,
            Average = new ExponentialMovingAverage(0.75),
            Observers = [new Immediate<TrainingEvent>(step => weights.AddRange(step is TrainingEvent.StepTaken ? [Numbers(first)] : []))],
        });
        double[] expected = [.. weights[0].Select(weight => (double)weight)];
        foreach (float[] step in weights.Skip(1))
        {
            expected = [.. expected.Zip(step, (average, weight) => (0.75 * average) + (0.25 * weight))];
        }

        Assert.Equal(5, weights.Count);
        Assert.All(expected.Zip(Numbers(first)), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Fact]
    public void The_average_warms_up_only_when_asked()
    {
        Assert.Equal([0, 0.999, 0.999], new[] { 0L, 1, 2 }.Select(new ExponentialMovingAverage().DecayAfter));
        Assert.Equal(
            [0, 2 / 11.0, 3 / 12.0, 0.9],
            new[] { 0L, 1, 2, 10_000 }.Select(new ExponentialMovingAverage(0.9) { WarmUp = true }.DecayAfter));
    }

    [Fact]
    public void Evaluation_looks_at_the_average_and_training_resumes_with_the_weights()
    {
        float[] plain = WeightsAfter(null);
        List<(double Loss, Score? Score)> evaluated = [];
        float[] averaged = WeightsAfter(new ExponentialMovingAverage(0.9), evaluated);
        Assert.NotEqual(plain, averaged); // what is kept is the average
        Assert.Equal(plain, WeightsAfter(null, evaluated)); // evaluating changes nothing
        Assert.Equal(6, evaluated.Count);

        static float[] WeightsAfter(ExponentialMovingAverage? average, List<(double Loss, Score? Score)>? evaluated = null)
        {
            using ToyTraining toy = new(40);
            toy.Train(
                new FineTuneOptions { Epochs = 3, BatchSize = 8, Average = average, RestoreBestWeights = false },
                validate: evaluated is null ? null : _ =>
                {
                    evaluated.Add(toy.Evaluate());
                    return evaluated[^1];
                });
            return toy.Weights();
        }
    }

    [Fact]
    public void Evaluations_between_epochs_count_for_patience_and_for_the_best()
    {
        using ToyTraining toy = new(64);
        using Dataset validation = Dataset.FromImages([new RawImage(1, 1, new byte[3])], [0], ["a"]);
        double[] accuracies = [0.5, 0.8, 0.7, 0.6, 0.9];
        List<float[]> weights = [];
        TrainingHistory history = toy.Train(
            new FineTuneOptions { Epochs = 5, BatchSize = 8, EvaluateEvery = 3, Patience = 2, Validation = validation },
            validate: _ =>
            {
                weights.Add(toy.Weights());
                return (1, new Score("accuracy", accuracies[weights.Count - 1]));
            });
        Assert.Equal(StopReason.NoImprovement, history.StopReason);
        Assert.Equal([3, 6, 8, 9], history.Evaluations.Select(evaluation => evaluation.Step));
        Assert.Equal([true, true, false, false], history.Evaluations.Select(evaluation => evaluation.IsBest));
        Assert.Equal(9, history.Steps);
        Assert.Equal(weights[1], toy.Weights());
    }

    [Fact]
    public void The_last_weights_can_be_kept_instead_of_the_best()
    {
        using ToyTraining toy = new(32);
        float[] last = [];
        TrainingHistory history = toy.Train(
            new FineTuneOptions { Epochs = 2, BatchSize = 8, RestoreBestWeights = false },
            validate: _ =>
            {
                last = toy.Weights();
                return (1, new Score("x", last.Length == 0 ? 0 : -last[0]));
            });
        Assert.Equal(2, history.BestEpoch);
        Assert.Equal(last, toy.Weights());
    }

    [Fact]
    public void Decay_can_leave_out_biases_and_norms()
    {
        using ToyTraining toy = new(8);
        IReadOnlyList<ParameterGroup> groups = ParameterGroup.WithoutDecayOnVectors(toy.Plan(new FineTuneOptions()).Groups);
        Assert.All(
            groups.Where(group => group.WeightDecay == 0).SelectMany(group => group.Parameters),
            entry => Assert.Equal(1, entry.Parameter.dim()));
        Assert.All(
            groups.Where(group => group.WeightDecay is null).SelectMany(group => group.Parameters),
            entry => Assert.True(entry.Parameter.dim() >= 2));
        Assert.Equal(toy.Network.parameters().Count(), groups.Sum(group => group.Parameters.Count));
    }

    [Fact]
    public void The_norm_of_gradients_is_reported_when_they_are_clipped_by_it()
    {
        using ToyTraining toy = new(32);
        List<double?> norms = [];
        toy.Train(
            new FineTuneOptions { Epochs = 1, BatchSize = 8, ReportEvery = 1, Clipping = new ClipByNorm(0.1) },
            new Immediate<TrainingProgress>(progress => norms.Add(progress.GradientNorm)));
        Assert.All(norms, norm => Assert.InRange(norm!.Value, 1e-6, 1e6));
    }

    [Fact]
    public void Events_report_the_run_in_order()
    {
        using ToyTraining toy = new(16);
        List<string> kinds = [];
        toy.Train(
            new FineTuneOptions
            {
                Epochs = 2,
                BatchSize = 8,
                Observers = [new Immediate<TrainingEvent>(reported => kinds.Add(reported.GetType().Name))],
            },
            validate: _ => (1, new Score("accuracy", 0.5)));
        string[] epoch = ["StepTaken", "StepTaken", "Evaluated", "EpochEnded"];
        Assert.Equal(["Started", .. epoch, .. epoch, "Ended"], kinds);
    }

    [Fact]
    public void No_option_leaves_a_tensor_behind_in_a_step()
    {
        using TemporaryFolder folder = new();
        using ToyTraining toy = new(64, dropout: 0.3) { Rule = new AdamW(1e-3) };
        List<long> counts = [];
        FineTuneOptions options = new()
        {
            Epochs = 3,
            BatchSize = 8,
            AccumulationSteps = 2,
            Average = new ExponentialMovingAverage(0.9),
            Clipping = new ClipByNorm(1),
            NoDecayOnBiasAndNorm = true,
            GradientCheckpointing = true,
            Checkpoints = new CheckpointPolicy(folder.Path) { EverySteps = 1 },
            Observers =
            [
                new Immediate<TrainingEvent>(step => counts.AddRange(step is TrainingEvent.StepTaken ? [LibTorch.LiveTensorCount] : []))
            ],
        };
        toy.Train(options, validate: _ => toy.Evaluate());
        long[] settled = [.. counts.Skip(8).Distinct()]; // from the third epoch on everything exists that ever will
        Assert.True(settled.Length == 1, string.Join(" ", counts));
    }

    [Fact]
    public void Two_trainers_at_once_draw_what_each_draws_alone()
    {
        float[] alone = WeightsAfter(1);
        float[] other = WeightsAfter(2);
        float[][] together = new float[2][];
        Thread[] threads = [.. Enumerable.Range(0, 2).Select(i => new Thread(() => together[i] = WeightsAfter(i + 1)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        Assert.Equal(alone, together[0]);
        Assert.Equal(other, together[1]);
        Assert.NotEqual(alone, other);

        static float[] WeightsAfter(long seed)
        {
            using ToyTraining toy = new(48, dropout: 0.5);
            toy.Train(new FineTuneOptions { Epochs = 3, BatchSize = 8, Seed = seed });
            return toy.Weights();
        }
    }

    private static float[] Numbers(Tensor tensor)
    {
        using Tensor detached = tensor.detach();
        return detached.data<float>().ToArray();
    }
}
