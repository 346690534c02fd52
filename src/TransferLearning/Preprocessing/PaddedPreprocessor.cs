namespace TransferLearning;

/// <summary>Turns each sample into an example of its own length; those of a batch are padded to the longest: texts, sounds.</summary>
public abstract class PaddedPreprocessor : Preprocessor
{
    private long _truncated;

    /// <summary>Makes tokens of what an encoder-decoder is to write; null where the model does not write.</summary>
    public TextTokenizer? TargetTokenizer { get; init; }

    /// <inheritdoc/>
    public override long TruncatedSamples => Interlocked.Read(ref _truncated);

    /// <summary>The most tokens that are written, special ones included, and whether longer texts are refused.</summary>
    internal virtual (int Most, bool Refuses) TargetLimit => (int.MaxValue, false);

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

    /// <summary>Turns what an encoder-decoder reads into an example. Default: as every sample.</summary>
    internal virtual Example ApplySource(Sample sample, ref SeededRandom random) => Apply(sample, ref random);

    /// <summary>The tokens of what is to be written.</summary>
    /// <param name="text">The text.</param>
    /// <param name="prompt">The tokens that it begins with, in place of those that the tokenizer adds; empty for those.</param>
    /// <param name="end">The token that ends it; null for none.</param>
    /// <exception cref="ArgumentException">The model does not write.</exception>
    internal int[] EncodeTarget(string text, IReadOnlyList<int> prompt, int? end)
    {
        TextTokenizer tokenizer = TargetTokenizer
            ?? throw new ArgumentException(
                $"This {GetType().Name} has no {nameof(TargetTokenizer)}, so no text can be made tokens of: take the preprocessor of a "
                    + "model that writes.");
        (int most, bool refuses) = TargetLimit;
        EncodedText encoded = tokenizer.Encode(
            text,
            null,
            new TextEncodingOptions
            {
                MaximumLength = most - prompt.Count,
                Truncation = refuses ? TextTruncation.Refuse : TextTruncation.LongestFirst,
                AddSpecialTokens = prompt.Count == 0,
            });
        if (encoded.TruncatedTokens > 0)
        {
            CountTruncated();
        }

        int[] ids = [.. prompt, .. encoded.Ids];
        return end is not { } last || (ids.Length > 0 && ids[^1] == last) ? ids : [.. ids.Take(most - 1), last];
    }

    /// <summary>Counts a sample that lost a part.</summary>
    private protected void CountTruncated() => Interlocked.Increment(ref _truncated);

    /// <summary>The same preprocessor with counts of its own.</summary>
    private protected PaddedPreprocessor Copy()
    {
        PaddedPreprocessor copy = (PaddedPreprocessor)MemberwiseClone();
        copy._truncated = 0;
        return copy;
    }
}
