namespace TransferLearning;

/// <summary>Turns one sample into numbers of a fixed shape. One object serves several threads at once.</summary>
public interface ISampleTransform
{
    /// <summary>The shape of one example, for example [3, 224, 224].</summary>
    IReadOnlyList<long> Shape { get; }

    /// <summary>True if no random number is drawn, so that a sample always gives the same numbers and features can be cached.</summary>
    bool IsDeterministic { get; }

    /// <summary>A stable text that names everything that changes the result; the key of caches.</summary>
    string Fingerprint { get; }

    /// <summary>Transforms one sample.</summary>
    /// <param name="sample">The sample.</param>
    /// <param name="random">Where draws come from; the same state gives the same result on every machine and thread.</param>
    /// <param name="destination">Where the numbers go; its length is the product of <see cref="Shape"/>.</param>
    /// <exception cref="MediaException">The sample could not be read or does not fit; the message names it.</exception>
    /// <exception cref="ArgumentException">The sample holds content of another kind, or the destination has another length.</exception>
    void Apply(Sample sample, ref SeededRandom random, Span<float> destination);
}
