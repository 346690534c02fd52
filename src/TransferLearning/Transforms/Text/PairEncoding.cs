namespace TransferLearning;

/// <summary>
/// Pairs of texts for encoder-decoders: what is read, and what is to be written, which the decoder also reads, moved right by the token that starts
/// every text.
/// </summary>
/// <param name="tokenizer">Makes tokens of what is read.</param>
/// <param name="targetTokenizer">Makes tokens of what is written; the same one, unless the languages have pieces of their own.</param>
/// <param name="maximumLength">The most tokens of either text.</param>
/// <param name="refuseLonger">Whether longer texts are refused instead of truncated.</param>
/// <param name="prefix">Put before every text that is read.</param>
/// <param name="start">The token that the decoder begins with.</param>
/// <param name="end">The token that ends a text; null for none.</param>
internal sealed class PairEncoding(
    TextTokenizer tokenizer, TextTokenizer targetTokenizer, int maximumLength, bool refuseLonger, string prefix, int start, int? end)
    : TextEncoding(tokenizer, maximumLength, refuseLonger)
{
    public override TextExample Apply(Sample sample, ref SeededRandom random)
    {
        if (sample.Content is not TextPair pair)
        {
            throw WrongContent(sample, nameof(TextPair));
        }

        EncodedText source = Counted(Tokenizer.Encode(prefix + pair.Source, null, Options()));
        int[] target = Counted(targetTokenizer.Encode(pair.Target, null, Options())).Ids;
        if (end is { } token && (target.Length == 0 || target[^1] != token))
        {
            target = [.. target.Take(MaximumLength - 1), token];
        }

        return new TextExample(source) { DecoderIds = [start, .. target.SkipLast(1)], Labels = Array.ConvertAll(target, id => (long)id), LabelsPerToken = true };
    }
}
