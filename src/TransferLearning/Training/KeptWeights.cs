namespace TransferLearning;

/// <summary>Which weights a model has when training has ended.</summary>
public enum KeptWeights
{
    /// <summary>Those of the best evaluation, or the last ones where there was none.</summary>
    Best,

    /// <summary>Those of the last step, whatever the evaluations said.</summary>
    Last,
}
