using TorchSharp;

namespace TransferLearning.Tests;

/// <summary>A small real network, with dropout before its last layer if asked, on pictures of which one channel is brighter: the class.</summary>
internal sealed class ToyTraining : IBatchSource, IDisposable
{
    private readonly torch.Tensor _images;
    private readonly torch.Tensor _labels;
    private (int Epoch, int Batch)? _poison;
    private FineTuneOptions _options = new();

    public ToyTraining(int samples, double dropout = 0, string architecture = "resnet20", int side = 8, bool hasUnevenClasses = false)
    {
        SampleCount = samples;
        Network = ModelCatalog.Get(architecture).Build(new NetworkOptions { Classes = 3 });
        if (dropout > 0)
        {
            Network.ReplaceFinalLayer(new Chain(new Dropout(dropout), new Linear(Network.FeatureCount, 3)));
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
    public Action<IBatch>? BeforeBatch { get; set; }

    /// <summary>What is made of each batch's result.</summary>
    public Func<StepLoss, StepLoss>? AfterBatch { get; set; }

    public int SampleCount { get; }

    public int BatchCount => (SampleCount + _options.BatchSize - 1) / _options.BatchSize;

    public long SkippedCount => 0;

    public void PoisonAt(int epoch, int batch) => _poison = (epoch, batch);

    /// <summary>Every number of the network in a row.</summary>
    public float[] Weights() => [.. Network.State().SelectMany(entry => Numbers(entry.Value))];

    /// <summary>Every gradient in a row.</summary>
    public float[] Gradients() => [.. Network.parameters().SelectMany(parameter => Numbers(parameter.grad!))];

    public TrainingTask Task(FineTuneOptions options, Func<CancellationToken, (double Loss, double Accuracy)>? validate = null)
    {
        _options = options;
        ParameterGroup all = new("all", [.. Network.named_parameters().Select(entry => (entry.name, (torch.Tensor)entry.parameter))]);
        ClassificationStep step = new(Device.Cpu, Network.ForwardTraining, options.Loss);
        return new TrainingTask(
            Network,
            [all],
            batch =>
            {
                BeforeBatch?.Invoke(batch);
                StepLoss result = step.Compute(batch);
                return AfterBatch?.Invoke(result) ?? result;
            },
            FreezeStatistics: true,
            validate);
    }

    public TrainingHistory Train(
        FineTuneOptions options,
        IProgress<TrainingProgress>? progress = null,
        CancellationToken cancellationToken = default,
        Func<CancellationToken, (double Loss, double Accuracy)>? validate = null,
        double? rate = null)
    {
        TrainingTask task = Task(options, validate);
        using Trainer trainer = new(task, this, rate is { } chosen ? new Sgd(chosen, momentum: 0.9) : Rule, options, progress);
        return trainer.Run(cancellationToken);
    }

    /// <summary>The loss and accuracy over all samples, in evaluation mode.</summary>
    public (double Loss, double Accuracy) Judge()
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        torch.Tensor logits = Network.call(_images);
        double loss = torch.nn.functional.cross_entropy(logits, _labels).item<float>();
        return (loss, (double)logits.argmax(1).eq(_labels).sum().item<long>() / SampleCount);
    }

    public IEnumerable<IBatch> Epoch(int epoch, int firstBatch)
    {
        FeatureBatches source = new(_images, _labels, _options.BatchSize, shuffle: true, _options.Seed);
        int number = firstBatch;
        foreach (Batch batch in source.Epoch(epoch, firstBatch))
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

    private static float[] Numbers(torch.Tensor tensor)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        return tensor.detach().to(torch.ScalarType.Float32).contiguous().data<float>().ToArray();
    }
}
