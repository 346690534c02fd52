using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>
/// A small real network, with dropout before its last layer if asked, on images of which one channel is brighter: the class.
/// </summary>
internal sealed class ToyTraining : IBatchSource, IDisposable
{
    private readonly torch.Tensor _images;
    private readonly torch.Tensor _labels;
    private (int Epoch, int Batch)? _poison;
    private FineTuneOptions _options = new();
    private FeatureBatches? _source;

    public ToyTraining(int samples, double dropout = 0, string architecture = "resnet20", int side = 8, bool hasUnevenClasses = false)
    {
        SampleCount = samples;
        Network = ModelCatalog.Get(architecture).Build(new NetworkOptions { Classes = 3 });
        if (dropout > 0)
        {
            Network.ReplaceFinalLayer(new Sequential(new Dropout(dropout), new Linear(Network.FeatureCount, 3)));
        }

        Network.Initialize(0);
        SeededRandom random = new(7);
        int plane = side * side;
        float[] pixels = new float[samples * 3 * plane];
        long[] labels = new long[samples];
        for (int i = 0; i < pixels.Length; i++)
        {
            int sample = i / (3 * plane);
            labels[sample] = hasUnevenClasses ? Math.Max(0, (sample % 8) - 5) : sample % 3;
            pixels[i] = (float)random.NextGaussian() + (i / plane % 3 == labels[sample] ? 1.5f : 0);
        }

        _images = torch.tensor(pixels, [samples, 3, side, side]);
        _labels = torch.tensor(labels);
    }

    public ImageNetwork Network { get; }

    public Optimizer Rule { get; set; } = new Sgd(0.05, momentum: 0.9);

    /// <summary>What happens to each batch before it is computed.</summary>
    public Action<Batch>? BeforeBatch { get; set; }

    /// <summary>What is made of each batch's result.</summary>
    public Func<StepLoss, StepLoss>? AfterBatch { get; set; }

    public int SampleCount { get; }

    public int BatchCount => (SampleCount + _options.BatchSize - 1) / _options.BatchSize;

    public SkippedSamples Skipped => SkippedSamples.None;

    public void PoisonAt(int epoch, int batch) => _poison = (epoch, batch);

    /// <summary>Every number of the network in a row.</summary>
    public float[] Weights() => [.. Network.State().SelectMany(entry => Numbers(entry.Value))];

    /// <summary>Every gradient in a row.</summary>
    public float[] Gradients() => [.. Network.parameters().SelectMany(parameter => Numbers(parameter.grad!))];

    public TrainingPlan Plan(FineTuneOptions options, Func<CancellationToken, (double Loss, Score? Score)>? validate = null)
    {
        (_options, _source) = (options, null);
        ParameterGroup all = new("all", [.. Network.named_parameters().Select(entry => (entry.name, (torch.Tensor)entry.parameter))]);
        LearningTask task = new Classification(3) { Loss = options.Loss };
        return new TrainingPlan(
            BeforeBatch is null && AfterBatch is null
                ? task
                : new WatchedTask(task, batch => BeforeBatch?.Invoke(batch), result => AfterBatch?.Invoke(result) ?? result),
            new ForwardPass(Network, Device.Cpu),
            [all],
            FreezeStatistics: true,
            validate);
    }

    public TrainingHistory Train(
        FineTuneOptions options,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default,
        Func<CancellationToken, (double Loss, Score? Score)>? validate = null,
        double? rate = null)
    {
        TrainingPlan plan = Plan(options, validate);
        using Trainer trainer = new(plan, this, rate is { } chosen ? new Sgd(chosen, momentum: 0.9) : Rule, options, progress);
        return trainer.Run(cancellationToken);
    }

    /// <summary>The loss and accuracy over all samples, in evaluation mode.</summary>
    public (double Loss, Score? Score) Evaluate()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        torch.Tensor logits = Network.call(_images);
        double loss = torch.nn.functional.cross_entropy(logits, _labels).item<float>();
        return (loss, new Score("accuracy", (double)logits.argmax(1).eq(_labels).sum().item<long>() / SampleCount));
    }

    public IEnumerable<Batch> Epoch(int epoch, int firstBatch = 0, CancellationToken cancellationToken = default)
    {
        _source ??= ToyFeatures.Of(_images, _labels, _options.BatchSize, shuffle: true, _options.Seed);
        foreach (Batch features in _source.Epoch(epoch, firstBatch, cancellationToken))
        {
            torch.Tensor images = ((FeatureInput)features.Input).Values;
            if (_poison == (epoch, features.Number))
            {
                images.fill_(float.NaN);
            }

            using (features)
            {
                yield return new Batch(
                    new ImageInput(images.alias()),
                    features.Targets.alias(),
                    features.Examples,
                    features.Indices)
                { Number = features.Number };
            }
        }
    }

    public void Dispose()
    {
        Network.Dispose();
        _images.Dispose();
        _labels.Dispose();
    }

    private static float[] Numbers(torch.Tensor tensor)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return tensor.detach().to(torch.ScalarType.Float32).contiguous().data<float>().ToArray();
    }
}
