namespace TransferLearning;

/// <summary>What is written for each sample.</summary>
public enum ScoreContent
{
    /// <summary>What the task predicts: probabilities of classes or labels, or a number.</summary>
    Predictions,

    /// <summary>What enters the head; maps are averaged over their places.</summary>
    Features,
}
