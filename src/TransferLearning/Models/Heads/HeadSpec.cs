namespace TransferLearning;

/// <summary>Which head a task needs.</summary>
/// <param name="Kind">What it gives for an example.</param>
/// <param name="Outputs">The number of outputs; without meaning where the kind fixes it. Of a vocabulary 0 means the
/// configuration's.</param>
public sealed record HeadSpec(HeadKind Kind, int Outputs = 0);
