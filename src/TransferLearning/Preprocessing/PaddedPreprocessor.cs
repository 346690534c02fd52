namespace TransferLearning;

/// <summary>Turns each sample into an example of its own length; those of a batch are padded to the longest: texts, sounds.</summary>
public abstract class PaddedPreprocessor : Preprocessor
{
    /// <summary>Turns one sample into an example.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="random">Where draws come from; the same state gives the same result on every machine and thread.</param>
    /// <exception cref="ArgumentException">The sample holds content of another kind.</exception>
    /// <exception cref="InvalidDataException">The sample could not be read, or is too long where longer ones are refused.</exception>
    public abstract Example Apply(Sample sample, ref SeededRandom random);

    /// <summary>Makes a network's input of examples.</summary>
    /// <param name="examples">The examples, at least one; what <see cref="Apply"/> gave.</param>
    /// <param name="length">The length to pad to; null means the longest one's.</param>
    /// <returns>The input on the CPU; the caller disposes it.</returns>
    public abstract ModelInput Collate(IReadOnlyList<Example> examples, int? length = null);
}
