namespace TransferLearning;

/// <summary>Why a training run ended.</summary>
public enum StopReason
{
    /// <summary>All epochs were done.</summary>
    Completed,

    /// <summary>The caller cancelled; the model holds the best weights so far.</summary>
    Cancelled,

    /// <summary>The validation result stopped improving (see <see cref="FineTuneOptions.Patience"/>).</summary>
    NoImprovement,

    /// <summary>The time was up, or the steps that fit into it were done (see <see cref="FineTuneOptions.TimeLimit"/>); the model holds the
    /// best weights so far.</summary>
    TimeLimit,
}
