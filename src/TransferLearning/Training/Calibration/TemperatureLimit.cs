namespace TransferLearning;

/// <summary>Where the best temperature lies.</summary>
public enum TemperatureLimit
{
    /// <summary>Between the bounds.</summary>
    Inside,

    /// <summary>At the lower bound: the smaller the better, for example because every prediction is right.</summary>
    Lower,

    /// <summary>At the upper bound: the larger the better, because the predictions are worse than chance.</summary>
    Upper,

    /// <summary>Anywhere: all logits of every sample are equal.</summary>
    Any,
}
