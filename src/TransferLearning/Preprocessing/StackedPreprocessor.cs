namespace TransferLearning;

/// <summary>Turns each sample into elements of one shape, which are written straight to their place in the batch: images.</summary>
public abstract class StackedPreprocessor : Preprocessor
{
    /// <summary>The shape of one example, for example [3, 224, 224].</summary>
    public abstract IReadOnlyList<long> Shape { get; }

    /// <summary>Turns one sample into an example.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="random">Where draws come from; the same state gives the same result on every machine and thread.</param>
    /// <param name="destination">Where the elements go; its length is the product of <see cref="Shape"/>.</param>
    /// <returns>What is to be learned of the example: the sample's target, moved as the input was.</returns>
    /// <exception cref="MediaException">The sample could not be read or does not fit; the message names it.</exception>
    /// <exception cref="ArgumentException">The sample holds content of another kind, or the destination has another length.</exception>
    public abstract Target Apply(Sample sample, ref SeededRandom random, Span<float> destination);

    /// <summary>Makes a network's input of examples.</summary>
    /// <param name="values">[N, ...<see cref="Shape"/>] float32; the input owns it from now on.</param>
    public abstract ModelInput ToInput(Tensor values);
}
