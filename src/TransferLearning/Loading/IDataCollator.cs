namespace TransferLearning;

/// <summary>
/// What a loader asks about examples: how they are made, and how inputs and targets of a batch become tensors. Every task is one.
/// </summary>
public interface IDataCollator
{
    /// <summary>Makes an example of a sample. Default: the preprocessor's.</summary>
    /// <param name="preprocessor">Turns the sample's input into what a network takes.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="random">Where draws come from.</param>
    Example Encode(PaddedPreprocessor preprocessor, Sample sample, ref SeededRandom random);

    /// <summary>Makes a network's input of examples that <see cref="Encode"/> gave. Default: the preprocessor's.</summary>
    /// <param name="preprocessor">Pads them.</param>
    /// <param name="examples">The examples, at least one.</param>
    /// <param name="length">The length to pad to; null means the longest one's.</param>
    /// <returns>The input on the CPU; the caller disposes it.</returns>
    ModelInput CollateInput(PaddedPreprocessor preprocessor, IReadOnlyList<Example> examples, int? length);

    /// <summary>Makes a tensor of what is to be learned, and checks it while it is on the CPU.</summary>
    /// <param name="examples">The examples, at least one.</param>
    /// <param name="input">The input they became.</param>
    /// <returns>The targets on the CPU; the caller disposes them.</returns>
    /// <exception cref="ArgumentException">An example has a target of another kind or out of range.</exception>
    Tensor CollateTargets(IReadOnlyList<Example> examples, ModelInput input);
}
