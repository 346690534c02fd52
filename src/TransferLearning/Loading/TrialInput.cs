namespace TransferLearning;

/// <summary>Examples on which forms of a network are timed: noise where all have one shape, else a batch that is read.</summary>
/// <param name="preprocessor">Says the shape of the examples.</param>
/// <param name="count">How many.</param>
/// <param name="read">Reads a batch, which is taken over; null where there is none.</param>
internal sealed class TrialInput(Preprocessor preprocessor, int count, Func<Batch?> read) : IDisposable
{
    private readonly Batch? _batch = preprocessor is StackedPreprocessor ? null : read();
    private readonly ModelInput? _noise = preprocessor is StackedPreprocessor stacked ? Noise(stacked, count) : null;

    /// <summary>The examples; null where there is no batch.</summary>
    public ModelInput? Examples => _noise ?? _batch?.Input;

    /// <summary>Reads the first batch of samples in a fresh copy of a pipeline, so that what it counts is not counted twice.</summary>
    public static Batch? FirstBatch(Dataset dataset, Preprocessor preprocessor, LoaderOptions reading, IDataCollator? collator = null)
        => new BatchLoader(dataset, preprocessor.Fresh(), reading, collator).Epoch(0).FirstOrDefault();

    /// <inheritdoc/>
    public void Dispose()
    {
        _noise?.Dispose();
        _batch?.Dispose();
    }

    private static ModelInput Noise(StackedPreprocessor stacked, int count)
    {
        using DisposeScope scope = NewDisposeScope();
        using torch.Generator draws = new(0);
        return stacked.ToInput(randn([count, .. stacked.Shape], generator: draws));
    }
}
