namespace TransferLearning.Reports;

/// <summary>What a model card says that nobody can read off the model.</summary>
public sealed record ModelCardOptions
{
    /// <summary>What the model is called. Default: null, its architecture.</summary>
    public string? Name { get; init; }

    /// <summary>What it is for, in a sentence or more. Default: null; the card says that none was given.</summary>
    public string? Description { get; init; }

    /// <summary>A report, which says how good the model is, on what, and how it was trained. Default: null; the card says that it was not
    /// evaluated.</summary>
    public ModelReport? Report { get; init; }

    /// <summary>What it was trained on and what that may be used for. Default: null; the card says that none was given.</summary>
    public string? TrainingData { get; init; }

    /// <summary>The name of the samples it was evaluated on. Default: null, <c>evaluation samples</c>.</summary>
    public string? EvaluationData { get; init; }

    /// <summary>The licence of the weights, by its short name: <c>mit</c>, <c>apache-2.0</c>. Default: null, unknown: what published
    /// weights allow passes on to those that are trained from them.</summary>
    public string? License { get; init; }

    /// <summary>The languages of texts and speech: <c>en</c>. Default: none.</summary>
    public IReadOnlyList<string> Languages { get; init; } = [];

    /// <summary>What it should not be used for, a sentence each, besides what the numbers say. Default: none.</summary>
    public IReadOnlyList<string> Limits { get; init; } = [];

    /// <summary>Whom to ask. Default: null, nobody is named.</summary>
    public string? Contact { get; init; }
}
