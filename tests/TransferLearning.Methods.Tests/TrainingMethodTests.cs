using static TorchSharp.torch;

namespace TransferLearning.Tests;

public sealed class TrainingMethodTests
{
    private static readonly Sgd Rule = new(0.05, momentum: 0.9);

    private static readonly FineTuneOptions Options = new() { Epochs = 3, BatchSize = 4, Seed = 3, Workers = 0 };

    private static Dataset Samples => SmallSets.Images(18, SmallSets.Colours);

    [Fact]
    public void A_method_that_means_something_else_over_several_processes_is_refused_by_name()
    {
        FineTuneOptions options = Runs.Options with { Communicator = new LoneCollective() };
        TrainingMethod[] refused =
        [
            new Delta(), new BatchSpectralShrinkage(), new BatchSpectralPenalization(), new StochNorm(), new FixMatch(Runs.Samples),
            new DomainAdversarial(Runs.Samples), new MaximumMeanDiscrepancy(Runs.Samples), new CorrelationAlignment(Runs.Samples),
            new MinimumClassConfusion(Runs.Samples),
        ];
        Assert.All(refused, method => Assert.StartsWith(
            $"{method.GetType().Name} cannot be used where several processes train together",
            Assert.Throws<ArgumentException>((options with { Methods = [method] }).Validate).Message,
            StringComparison.Ordinal));
        (options with { Methods = [new Mixing(), new L2Sp()] }).Validate();
    }

    [Fact]
    public void A_method_that_changes_nothing_leaves_training_as_it_is_bit_for_bit()
    {
        float[] plain = Trained(Options);
        float[] joined = Trained(Options with { Methods = [new Idle()] });

        Assert.Equal(plain, joined);
    }

    [Fact]
    public void A_penalty_is_minimised_with_the_loss()
    {
        FineTuneOptions clipped = Options with { Clipping = new ClipByNorm(1) };
        double free = OutputsOf(clipped), held = OutputsOf(clipped with { Methods = [new SmallOutputs(10)] });

        Assert.True(held < 0.8 * free, $"{held} against {free}");

        static double OutputsOf(FineTuneOptions options)
        {
            using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
            List<double> sizes = [];
            SmallOutputs.Seen = sizes;
            model.FineTune(Samples, Rule, options with { Methods = [.. options.Methods, new SmallOutputs(0)] });
            SmallOutputs.Seen = null;
            return sizes[^1];
        }
    }

    [Fact]
    public void The_first_method_is_around_the_others_and_sees_what_enters_the_head()
    {
        List<string> seen = [];
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        Watching[] methods = [new("a", seen), new("b", seen)];
        model.FineTune(Samples, Rule, Options with { Epochs = 1, BatchSize = 9, Methods = methods });

        Assert.Equal(
            [
                "a epoch 0", "b epoch 0",
                "a begins at 0", "b begins at 0", "b ends with 9 x 64", "a ends with 9 x 64", "a gradients", "b gradients", "a step",
                "b step",
                "a begins at 0.5", "b begins at 0.5", "b ends with 9 x 64", "a ends with 9 x 64", "a gradients", "b gradients", "a step",
                "b step", "a disposed", "b disposed",
            ],
            seen);
    }

    [Fact]
    public void A_run_with_parameters_of_a_method_resumes_bit_for_bit()
    {
        FineTuneOptions options = Options with { Methods = [new SmallOutputs(0.1)] };
        using ImageModel whole = SmallSets.ImageModel(SmallSets.Colours);
        whole.FineTune(Samples, Rule, options);
        using TemporaryFolder folder = new();
        StopReason reason;
        int runs = 0;
        do
        {
            using ImageModel piece = SmallSets.ImageModel(SmallSets.Colours);
            using CancellationTokenSource source = new();
            int steps = 0;
            Immediate<TrainingEvent> stop = new(happened =>
            {
                if (happened is TrainingEvent.StepTaken && ++steps == 4)
                {
                    source.Cancel();
                }
            });
            reason = piece.FineTune(
                Samples, Rule, options with { Observers = [stop] }, folder.Path, cancellationToken: source.Token).StopReason;
            runs++;
            if (reason == StopReason.Completed)
            {
                Assert.Equal(Weights(whole), Weights(piece));
            }
        }
        while (reason != StopReason.Completed);

        Assert.True(runs > 2);
    }

    [Fact]
    public void A_run_with_another_method_is_not_resumed()
    {
        using TemporaryFolder folder = new();
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        model.FineTune(Samples, Rule, Options with { Methods = [new SmallOutputs(0.1)] }, folder.Path);
        using ImageModel again = SmallSets.ImageModel(SmallSets.Colours);

        Exception exception = Assert.ThrowsAny<Exception>(
            () => again.FineTune(Samples, Rule, Options with { Methods = [new SmallOutputs(0.2)] }, folder.Path));
        Assert.Contains("SmallOutputs(Strength: 0.2)", exception.Message, StringComparison.Ordinal);
        Assert.Contains("SmallOutputs(Strength: 0.1)", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_frozen_backbone_trains_on_features_unless_a_method_needs_samples()
    {
        List<string> seen = [];
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours).FreezeBackbone();
        WatchedDataset samples = new(Samples);
        model.FineTune(samples, Rule, Options with { Methods = [new Watching("a", seen)] });
        int once = samples.Reads;
        model.FineTune(samples, Rule, Options with { Methods = [new Watching("a", seen) { Needs = MethodInput.Samples }] });

        Assert.Equal(18, once);
        Assert.Equal(3 * 18, samples.Reads - once);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => model.FineTune(
            samples,
            Rule,
            Options with { CachedViews = 2, Methods = [new Watching("a", seen) { Needs = MethodInput.Samples }] }));
        Assert.Contains("Watching needs the samples", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Finding_a_learning_rate_leaves_nothing_of_a_method_behind()
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        float[] before = Weights(model);
        model.FindLearningRate(
            Samples,
            Rule,
            new LearningRateFinderOptions { Steps = 10, Training = Options with { Methods = [new SmallOutputs(0.1)] } });

        Assert.Equal(before, Weights(model));
    }

    private static float[] Trained(FineTuneOptions options)
    {
        using ImageModel model = SmallSets.ImageModel(SmallSets.Colours);
        model.FineTune(Samples, Rule, options);
        return Weights(model);
    }

    private static float[] Weights(ImageModel model)
        => [.. model.Module.State().SelectMany(entry => entry.Value.to(ScalarType.Float32).data<float>().ToArray())];

    private sealed record Idle : TrainingMethod
    {
        public override TrainingMethodState Begin(TrainingMethodContext context) => new State();

        private sealed class State : TrainingMethodState;
    }

    /// <summary>Penalises what a matrix of its own makes of the outputs.</summary>
    private sealed record SmallOutputs(double Strength) : TrainingMethod
    {
        [ThreadStatic]
        public static List<double>? Seen;

        public override TrainingMethodState Begin(TrainingMethodContext context)
            => new State(Strength, context.Task.Head.Outputs);

        private sealed class State(double strength, int width) : TrainingMethodState
        {
            private readonly Tensor _matrix = eye(width).requires_grad_().DetachFromDisposeScope();

            public override IReadOnlyList<(string Name, Tensor Parameter, double RateFactor)> Parameters => [("matrix", _matrix, 0.1)];

            public override StepLoss Compute(MethodStep step, Func<Batch, StepLoss> next)
            {
                StepLoss loss = next(step.Batch);
                Seen?.Add(loss.Outputs.square().mean().item<float>());
                return loss with { Loss = loss.Loss + (loss.Outputs.mm(_matrix).square().mean() * strength) };
            }

            protected override void Dispose(bool disposing)
            {
                _matrix.Dispose();
                base.Dispose(disposing);
            }
        }
    }

    private sealed record Watching(string Name, List<string> Seen) : TrainingMethod
    {
        public MethodInput Needs { get; init; }

        public override MethodInput Input => Needs;

        public override TrainingMethodState Begin(TrainingMethodContext context) => new State(Name, Seen);

        private sealed class State(string name, List<string> seen) : TrainingMethodState
        {
            public override void BeforeEpoch(int epoch) => seen.Add($"{name} epoch {epoch}");

            public override StepLoss Compute(MethodStep step, Func<Batch, StepLoss> next)
            {
                seen.Add(FormattableString.Invariant($"{name} begins at {step.Progress}"));
                StepLoss loss = next(step.Batch);
                seen.Add($"{name} ends with {string.Join(" x ", step.Features!.shape)}");
                return loss;
            }

            public override void AfterBackward() => seen.Add($"{name} gradients");

            public override void AfterStep() => seen.Add($"{name} step");

            protected override void Dispose(bool disposing)
            {
                seen.Add($"{name} disposed");
                base.Dispose(disposing);
            }
        }
    }
}
