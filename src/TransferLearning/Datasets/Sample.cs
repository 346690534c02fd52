namespace TransferLearning;

/// <summary>One sample of a data set.</summary>
/// <param name="Name">What to call it in reports and errors: its path, or the set's name and a number.</param>
/// <param name="Label">The number of its class, an index into <see cref="Dataset.ClassNames"/>.</param>
/// <param name="Content">What it holds.</param>
public sealed record Sample(string Name, int Label, SampleContent Content);
