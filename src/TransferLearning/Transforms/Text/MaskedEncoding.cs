namespace TransferLearning;

/// <summary>
/// Texts or blocks of tokens with some tokens hidden, for masked language modelling (Devlin et al., 2018): of the chosen tokens 80 % become the
/// mask, 10 % another token and 10 % stay; only the chosen ones have labels. At least one is chosen where there is any to choose.
/// </summary>
internal sealed class MaskedEncoding(TextTokenizer tokenizer, int maximumLength, bool refuseLonger, double probability = 0.15)
    : TextEncoding(tokenizer, maximumLength, refuseLonger)
{
    private const double MaskShare = 0.8;
    private const double RandomShare = 0.1;

    public override TextExample Apply(Sample sample, ref SeededRandom random)
    {
        EncodedText encoded = sample.Content switch
        {
            TextContent content => Counted(Tokenizer.Encode(content.Text, content.Pair, Options())),
            TokenContent tokens => Counted(Whole(tokens.Ids)),
            _ => throw WrongContent(sample, $"{nameof(TextContent)} or {nameof(TokenContent)}"),
        };
        int mask = Tokenizer.MaskId ?? throw new ArgumentException("The tokenizer has no token for a hidden word, so nothing can be masked.");
        int[] ids = [.. encoded.Ids];
        long[] labels = new long[ids.Length];
        Array.Fill(labels, TextExample.NoLabel);
        List<int> open = [.. Enumerable.Range(0, ids.Length).Where(i => !encoded.SpecialTokens[i])];
        List<int> chosen = [];
        foreach (int i in open)
        {
            if (random.NextBoolean(probability))
            {
                chosen.Add(i);
            }
        }

        if (chosen.Count == 0 && open.Count > 0)
        {
            chosen.Add(open[random.NextInt32(open.Count)]);
        }

        foreach (int i in chosen)
        {
            labels[i] = ids[i];
            double draw = random.NextDouble();
            ids[i] = draw < MaskShare ? mask : draw < MaskShare + RandomShare ? random.NextInt32(Tokenizer.VocabularySize) : ids[i];
        }

        return new TextExample(encoded with { Ids = ids }) { Labels = labels, LabelsPerToken = true };
    }
}
