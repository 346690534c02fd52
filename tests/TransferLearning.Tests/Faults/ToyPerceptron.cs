using TorchSharp;
using TorchSharp.Utils;

namespace TransferLearning.Tests;

/// <summary>
/// A very small network with dropout whose training has everything that a checkpoint must hold; a step takes a millisecond or so.
/// </summary>
internal sealed class ToyPerceptron : IDisposable
{
    private const int Inputs = 16;
    private const int Samples = 512;
    private const int Epochs = 15;
    private const int Batch = 8;

    /// <summary>How many steps a run has.</summary>
    public const int Steps = Epochs * Samples / Batch;

    public ToyPerceptron(int width = 256)
    {
        Network = new Net(width);
        using IDisposable guard = torch.no_grad();
        using torch.Generator generator = new(4);
        foreach (torch.nn.Module layer in Network.modules())
        {
            LayerInitializers.Default(layer, generator);
        }
    }

    public Network Network { get; }

    public Action? BeforeBatch { get; set; }

    /// <summary>Called when a checkpoint is on the disk.</summary>
    public Action? AfterCheckpoint { get; set; }

    public TrainingHistory Train(string? folder, int batchSize = Batch)
    {
        int samples = Math.Max(Samples, batchSize);
        using torch.Generator generator = new(5);
        using torch.Tensor inputs = torch.randn([samples, Inputs], generator: generator);
        using torch.Tensor labels = torch.randint(0, 3, [samples], torch.int64, generator: generator);
        FineTuneOptions options = new()
        {
            Epochs = Epochs,
            BatchSize = batchSize,
            Schedule = new CosineSchedule(),
            Average = new ExponentialMovingAverage(0.99),
            Observers = [new Immediate<TrainingEvent>(reported =>
            {
                if (reported is TrainingEvent.CheckpointWritten)
                {
                    AfterCheckpoint?.Invoke();
                }
            })],
            Checkpoints = folder is null ? null : new CheckpointPolicy(folder) { EverySteps = 1, Resume = true },
        };
        ParameterGroup all = new("all", [.. Network.named_parameters().Select(entry => (entry.name, (torch.Tensor)entry.parameter))]);
        TrainingPlan plan = new(
            new WatchedTask(new Classification(3), _ => BeforeBatch?.Invoke(), null),
            new ForwardPass(Network, Device.Cpu),
            [all],
            FreezeStatistics: true,
            _ => Evaluate(inputs, labels));
        using Trainer trainer = new(plan, ToyFeatures.Of(inputs, labels, batchSize, shuffle: true, 1), new AdamW(1e-3), options, null);
        return trainer.Run(CancellationToken.None);
    }

    public void Dispose() => Network.Dispose();

    private (double Loss, Score? Score) Evaluate(torch.Tensor inputs, torch.Tensor labels)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        using FeatureInput input = new(inputs.alias());
        torch.Tensor logits = Network.call(input);
        return (
            torch.nn.functional.cross_entropy(logits, labels).item<float>(),
            new Score("accuracy", logits.argmax(1).eq(labels).to(torch.ScalarType.Float64).mean().item<double>()));
    }

    private sealed class Net : Network
    {
        [ComponentName(Name = "body")]
        private readonly Sequential _body;

        public Net(int width)
            : base("perceptron")
        {
            FeatureCount = width;
            _body = new Sequential(new Linear(Inputs, width), Activation.Relu(), new Dropout(0.2));
            SetHead("head", new Linear(width, 3));
        }

        public override int FeatureCount { get; }

        public override IReadOnlyList<NetworkStage> Stages => [new("body")];

        public override torch.Tensor ForwardFeatures(ModelInput input) => _body.call(((FeatureInput)input).Values);
    }
}
