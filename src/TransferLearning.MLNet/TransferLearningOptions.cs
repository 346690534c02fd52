using Microsoft.ML;

namespace TransferLearning.MLNet;

/// <summary>How the trainer works: columns, network, training.</summary>
public sealed record TransferLearningOptions
{
    /// <summary>Makes the pretrained model: <c>() => Pretrained.ResNet18()</c>. It is called once for each <c>Fit</c>, so that folds of a
    /// cross-validation do not share weights; the transformer owns what it gives.</summary>
    public required Func<TransferModel> Model { get; init; }

    /// <summary>The label: a key column, as <c>MapValueToKey</c> makes it. Default: <c>Label</c>.</summary>
    public string LabelColumnName { get; init; } = "Label";

    /// <summary>The input: for a model for images a text column of paths, a column of the files' bytes (<c>LoadRawImageBytes</c>) or of
    /// <c>MLImage</c> (<c>LoadImages</c>); for a model for texts a text column. Default: <c>Features</c>.</summary>
    public string FeatureColumnName { get; init; } = "Features";

    /// <summary>The second text of a pair, a text column, for models for texts. Default: null, single texts.</summary>
    public string? PairColumnName { get; init; }

    /// <summary>The probabilities, one for each class, with the classes' names as slot names. Default: <c>Score</c>.</summary>
    public string ScoreColumnName { get; init; } = "Score";

    /// <summary>The likeliest class, a key of the label's values. Default: <c>PredictedLabel</c>.</summary>
    public string PredictedLabelColumnName { get; init; } = "PredictedLabel";

    /// <summary>The folder that relative paths start at. Default: null, the working directory.</summary>
    public string? ImageFolder { get; init; }

    /// <summary>Where <see cref="Optimizer"/> is null: how the new last layer is fitted to the frozen backbone's features. Default: a
    /// <see cref="LogisticProbe"/>.</summary>
    public LinearProbe Probe { get; init; } = new LogisticProbe();

    /// <summary>Trains what <see cref="Model"/> leaves unfrozen by gradient descent. Default: null, the last layer alone, by
    /// <see cref="Probe"/>.</summary>
    public Optimizer? Optimizer { get; init; }

    /// <summary>Epochs, batch size, schedule and more for <see cref="Optimizer"/>, which must be set. Default: null, the
    /// defaults.</summary>
    public FineTuneOptions? FineTuning { get; init; }

    /// <summary>Rows with the same columns that each epoch of <see cref="FineTuning"/> is evaluated on, which must be set: they decide
    /// which epoch is kept, and when training stops early. Labels are matched by name. Default: null, none.</summary>
    public IDataView? ValidationSet { get; init; }

    /// <summary>How many rows are predicted at once. Default: 32.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Ends <c>Fit</c>: gradient descent keeps the best weights so far, a probe throws.</summary>
    public CancellationToken CancellationToken { get; init; }

    internal InputColumn Input(bool isText) => new(FeatureColumnName, PairColumnName, isText, ImageFolder);
}
