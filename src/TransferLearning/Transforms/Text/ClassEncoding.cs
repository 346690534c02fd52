namespace TransferLearning;

/// <summary>Texts, or pairs, with a class, several classes or a number.</summary>
internal sealed class ClassEncoding(TextTokenizer tokenizer, int maximumLength, bool refuseLonger, TextProblem problem, int labels)
    : TextEncoding(tokenizer, maximumLength, refuseLonger)
{
    public override TextExample Apply(Sample sample, ref SeededRandom random)
    {
        if (sample.Content is not TextContent content)
        {
            throw WrongContent(sample, nameof(TextContent));
        }

        TextExample example = new(Counted(Tokenizer.Encode(content.Text, content.Pair, Options())));
        return problem switch
        {
            TextProblem.MultipleLabels => example with { Targets = Several(sample, content) },
            TextProblem.Regression => example with
            {
                Targets = [content.Target ?? throw new ArgumentException($"Sample '{sample.Name}' has no number to learn: TextContent.Target is null.")],
            },
            _ => example with { Labels = [sample.Label] },
        };
    }

    private float[] Several(Sample sample, TextContent content)
    {
        float[] targets = new float[labels];
        foreach (int label in content.Labels ?? [sample.Label])
        {
            targets[label] = 1;
        }

        return targets;
    }
}
