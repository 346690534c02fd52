namespace TransferLearning;

/// <summary>What a loss learns from, and what a task hands to it.</summary>
internal enum LossTargets
{
    /// <summary>Nothing: the task has a loss that no other can replace.</summary>
    None,

    /// <summary>One class for each row: int64 [N], or probabilities [N, classes].</summary>
    Classes,

    /// <summary>Whether each label holds: [N, labels] from 0 to 1.</summary>
    Labels,

    /// <summary>Numbers, [N, outputs].</summary>
    Numbers,

    /// <summary>A class for each pixel, int64 [N, height, width].</summary>
    Pixels,

    /// <summary>What another network put out, [N, classes].</summary>
    Logits,
}
