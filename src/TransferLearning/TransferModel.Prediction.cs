using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

public sealed partial class TransferModel
{
    /// <summary>Judges the model on labelled samples.</summary>
    /// <param name="dataset">The samples; as many classes as the head has.</param>
    /// <param name="options">Batch size, workers, damaged pictures; null means the defaults.</param>
    /// <param name="progress">Told how many samples are done.</param>
    /// <param name="cancellationToken">Ends the work with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">The classes differ, or there is no readable sample.</exception>
    public EvaluationResult Evaluate(
        Dataset dataset, EvaluateOptions? options = null, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(dataset);
        ThrowIfClassesDiffer(dataset);
        options ??= new EvaluateOptions();
        BatchLoader loader = new(
            dataset,
            options.Transform ?? ImagePipeline.ForEvaluation(Preprocess),
            new LoaderOptions { BatchSize = options.BatchSize, OnBadSample = options.OnBadSample, Workers = options.Workers ?? new LoaderOptions().Workers });
        Module.eval();
        using OptimizedInference form = new(Module, Device, options.Precision, passes: OptimizedInference.Passes(dataset.Count, options.BatchSize));
        return Evaluator.Run(
            form.Forward, Device.ToTorch(), loader.Epoch(0, cancellationToken: cancellationToken), () => loader.Skipped.Count, dataset, progress, cancellationToken);
    }

    /// <inheritdoc cref="Evaluate(Dataset, EvaluateOptions?, IProgress{int}?, CancellationToken)"/>
    public Task<EvaluationResult> EvaluateAsync(
        Dataset dataset, EvaluateOptions? options = null, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
        => Task.Factory.StartNew(
            () => Evaluate(dataset, options, progress, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Says what one picture shows.</summary>
    /// <param name="path">The picture file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="MediaException">The file is no picture, or a damaged one.</exception>
    public Prediction Predict(string path) => Predict([path])[0];

    /// <summary>Says what each of some pictures shows, batch by batch.</summary>
    /// <param name="paths">The picture files.</param>
    /// <param name="batchSize">How many go through the network at once.</param>
    /// <returns>One prediction for each path, in order.</returns>
    public IReadOnlyList<Prediction> Predict(IEnumerable<string> paths, int batchSize = 32)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(batchSize);
        List<Prediction> predictions = [];
        foreach (string[] chunk in paths.Chunk(batchSize))
        {
            predictions.AddRange(Predict(Array.ConvertAll(chunk, path => new Sample(path, 0, new EncodedImage(File.ReadAllBytes(path))))));
        }

        return predictions;
    }

    /// <summary>Says what a picture in memory shows.</summary>
    /// <param name="picture">An <see cref="EncodedImage"/> (the bytes of a file) or a <see cref="RawImage"/> (pixels).</param>
    public Prediction Predict(SampleContent picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        return Predict([new Sample("picture", 0, picture)])[0];
    }

    /// <summary>The same as <see cref="Predict(string)"/>, off the calling thread.</summary>
    public Task<Prediction> PredictAsync(string path, CancellationToken cancellationToken = default) => Task.Run(() => Predict(path), cancellationToken);

    private Prediction[] Predict(Sample[] samples)
    {
        ThrowIfDisposed();
        ImagePipeline pipeline = ImagePipeline.ForEvaluation(Preprocess);
        int size = checked((int)pipeline.Shape.Aggregate(1L, (product, side) => product * side));
        float[] numbers = new float[samples.Length * size];
        for (int i = 0; i < samples.Length; i++)
        {
            SeededRandom none = new(0);
            pipeline.Apply(samples[i], ref none, numbers.AsSpan(i * size, size));
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = inference_mode();
        Tensor images = tensor(numbers, [samples.Length, .. pipeline.Shape]).to(Device.ToTorch());
        float[] probabilities = Module.call(images).to(ScalarType.Float32).softmax(1).cpu().contiguous().data<float>().ToArray();
        IReadOnlyList<string> names = ClassNames;
        return [.. samples.Select((sample, i) => new Prediction(sample.Name, new ArraySegment<float>(probabilities, i * Classes, Classes), names))];
    }
}
