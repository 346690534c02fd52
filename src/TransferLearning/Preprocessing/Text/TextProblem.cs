namespace TransferLearning;

/// <summary>What a classifier of whole texts tells of each.</summary>
public enum TextProblem
{
    /// <summary>Exactly one of several classes; trained with cross-entropy.</summary>
    SingleLabel,

    /// <summary>Any number of several classes, each yes or no; trained with binary cross-entropy (<see cref="TextContent.Labels"/>).</summary>
    MultipleLabels,

    /// <summary>A number; trained with the mean squared error (<see cref="TextContent.Target"/>).</summary>
    Regression,
}
