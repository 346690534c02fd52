namespace TransferLearning.Reports;

/// <summary>What was computed for a report.</summary>
internal sealed record ReportData
{
    /// <summary>How well the model does.</summary>
    public required EvaluationResult Evaluation { get; init; }

    /// <summary>The worst mistakes.</summary>
    public IReadOnlyList<Mistake> Mistakes { get; init; } = [];

    /// <summary>Mistakes of the two classes that are confused most.</summary>
    public IReadOnlyList<Mistake> PairMistakes { get; init; } = [];

    /// <summary>What the audit found among the evaluated samples.</summary>
    public AuditFindings? Findings { get; init; }

    /// <summary>What the audit found among the training samples.</summary>
    public AuditFindings? TrainingFindings { get; init; }

    /// <summary>What training sees, as a PNG file; null without training images.</summary>
    public ReadOnlyMemory<byte>? ContactSheet { get; init; }

    /// <summary>Where samples are by their features.</summary>
    public FeatureMaps? Maps { get; init; }

    /// <summary>What the training gave.</summary>
    public TrainingHistory? History { get; init; }

    /// <summary>What the model is.</summary>
    public required IReadOnlyList<(string Name, string? Value)> Model { get; init; }

    /// <summary>How it was trained.</summary>
    public required IReadOnlyList<(string Name, string? Value)> Training { get; init; }

    /// <summary>With what it ran.</summary>
    public required IReadOnlyList<(string Name, string? Value)> Versions { get; init; }

    /// <summary>The parts of the network, their parameters, and how many of them are trained.</summary>
    public required IReadOnlyList<(string Name, long Parameters, long Trained)> Parts { get; init; }

    /// <summary>How many classes tables and plots have at most.</summary>
    public required int MaximumClasses { get; init; }

    /// <summary>What was left out, and why.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];
}
