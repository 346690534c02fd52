namespace TransferLearning;

/// <summary>How the scores of a classifier are calibrated.</summary>
public enum CalibrationMethod
{
    /// <summary>One temperature for all logits: robust with few samples, and no predicted class changes.</summary>
    Temperature,

    /// <summary>A weight and a bias for each class: needs many samples of every class, and predicted classes may change.</summary>
    Vector,
}
