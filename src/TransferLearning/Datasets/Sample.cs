namespace TransferLearning;

/// <summary>One sample of a data set.</summary>
/// <param name="Name">What to call it in reports and errors: its path, or the set's name and a number.</param>
/// <param name="Input">What a network is shown of it.</param>
/// <param name="Target">What is to be learned of it.</param>
public sealed record Sample(string Name, SampleContent Input, Target Target)
{
    /// <summary>Makes a sample of one class.</summary>
    /// <param name="name">What to call it in reports and errors.</param>
    /// <param name="label">The number of its class, an index into <see cref="Dataset.ClassNames"/>.</param>
    /// <param name="input">What a network is shown of it.</param>
    public Sample(string name, int label, SampleContent input) : this(name, input, new ClassTarget(label)) { }
}
