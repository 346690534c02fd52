namespace TransferLearning;

/// <summary>How to predict for many inputs.</summary>
public sealed record PredictOptions
{
    /// <summary>How many inputs go through the network at once. Default: 32.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>How many threads preprocess inputs. Default: one for each core, at most 8.</summary>
    public int? Workers { get; init; }

    /// <summary>
    /// What a damaged input does. Default: it ends the work with its error; with <see cref="BadSampleHandling.Skip"/> it is left out and
    /// logged.
    /// </summary>
    public BadSampleHandling OnBadSample { get; init; } = BadSampleHandling.Throw;

    /// <summary>Several views of each image whose predictions are averaged. Default: null, the image alone. Texts and sounds refuse
    /// it.</summary>
    public TestTimeAugmentation? Augmentation { get; init; }

    /// <summary>How the model adapts itself to the inputs on the way; for classifiers and batches of at least some tens of inputs. The
    /// model does not change. An <see cref="Augmentation"/> refuses it. Default: null, not at all.</summary>
    public EntropyAdaptation? Adaptation { get; init; }

    /// <summary>Where skipped inputs are logged. Default: nowhere.</summary>
    public ILogger? Logger { get; init; }
}
