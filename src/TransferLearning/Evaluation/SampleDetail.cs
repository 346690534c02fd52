namespace TransferLearning;

/// <summary>What an evaluation keeps of each sample.</summary>
public enum SampleDetail
{
    /// <summary>Nothing: memory does not grow with the samples.</summary>
    None,

    /// <summary>True and predicted class, score and loss: 24 bytes a sample.</summary>
    Outcomes,

    /// <summary>All outputs of the model too: 4 bytes more for each sample and class.</summary>
    Outputs,
}
