namespace TransferLearning;

/// <summary>Turns samples into what a network takes. One object serves several threads at once.</summary>
/// <remarks>
/// Derive from <see cref="StackedPreprocessor"/> where all examples have one shape, from <see cref="PaddedPreprocessor"/> where they differ
/// in length.
/// </remarks>
public abstract class Preprocessor
{
    private protected Preprocessor() { }

    /// <summary>True if no random number is drawn, so that a sample always gives the same example and features can be cached.</summary>
    public abstract bool IsDeterministic { get; }

    /// <summary>A stable text that names everything that changes the result; part of the keys of caches.</summary>
    public abstract string Fingerprint { get; }

    /// <summary>
    /// How many samples lost a part because they were too long, since <see cref="Fresh"/>. Default: 0, as nothing is cut.
    /// </summary>
    public virtual long TruncatedSamples => 0;

    /// <summary>The same preprocessing without random draws, for the validation of a training that uses this one; null where none is known.
    /// Default: this one, if it is deterministic.</summary>
    public virtual Preprocessor? EvaluationForm => IsDeterministic ? this : null;

    /// <summary>The same preprocessing with counts of its own, for one run.</summary>
    internal virtual Preprocessor Fresh() => this;
}
