namespace TransferLearning;

/// <summary>Predicting hidden tokens (Devlin et al., 2018): of the chosen tokens 80 % become the mask, 10 % another token and 10 % stay;
/// only the chosen ones have labels. At least one is chosen where there is any to choose. Draws depend on seed, epoch and sample, so an
/// evaluation hides the same tokens each time.</summary>
public sealed record MaskedLanguageModeling : LearningTask
{
    private const double MaskShare = 0.8;
    private const double RandomShare = 0.1;

    /// <summary>The share of tokens that are chosen. Default: 0.15.</summary>
    public double Probability { get; init; } = 0.15;

    /// <inheritdoc/>
    public override string Name => "masked language modelling";

    /// <inheritdoc/>
    public override HeadSpec Head => new(HeadKind.Vocabulary);

    /// <inheritdoc/>
    internal override LossTargets? Truth => LossTargets.Classes;

    /// <inheritdoc/>
    public override void Check(Dataset dataset)
    {
        // Every text will do.
    }

    /// <inheritdoc/>
    public override Example Encode(PaddedPreprocessor preprocessor, Sample sample, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(sample);
        TextPreprocessor text = TokenTargets.TextOf(preprocessor, Name);
        EncodedText encoded = text.Tokens(sample);
        int mask = text.Tokenizer.MaskId
            ?? throw new ArgumentException("The tokenizer has no token for a hidden word, so nothing can be masked.");
        int[] ids = [.. encoded.Ids];
        long[] labels = new long[ids.Length];
        Array.Fill(labels, TokenExample.NoLabel);
        List<int> open = [.. Enumerable.Range(0, ids.Length).Where(i => !encoded.SpecialTokens[i])];
        List<int> chosen = [];
        foreach (int i in open)
        {
            if (random.NextBoolean(Probability))
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
            ids[i] = draw < MaskShare ? mask : draw < MaskShare + RandomShare ? random.NextInt32(text.Tokenizer.VocabularySize) : ids[i];
        }

        return new TokenExample(encoded with { Ids = ids }, sample.Target) { TokenLabels = labels };
    }

    /// <inheritdoc/>
    public override Tensor CollateTargets(IReadOnlyList<Example> examples, ModelInput input)
        => TokenTargets.Of(examples, ((TokenInput)input).Length);

    /// <inheritdoc/>
    public override StepLoss Compute(ForwardPass pass, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(batch);
        (Tensor rows, Tensor labels) = TokenTargets.Labelled(pass.There(batch.Targets).flatten());

        // The logits of chosen tokens only, which saves most of the work over a large vocabulary.
        Tensor hidden = pass.Features(batch.Input).flatten(0, 1).index_select(0, rows);
        return TokenTargets.Loss(Loss, pass.Head(hidden), labels);
    }

    /// <inheritdoc/>
    public override TaskMetric CreateMetric(Dataset dataset) => new LanguageMetric();

    /// <summary>The likeliest tokens of some places, the likeliest first.</summary>
    /// <param name="scores">The probabilities of all tokens, place after place.</param>
    /// <param name="places">The number of places.</param>
    /// <param name="count">How many to give for each.</param>
    /// <param name="tokenizer">Whose tokens they are.</param>
    internal static IReadOnlyList<IReadOnlyList<ClassScore>> Guesses(float[] scores, int places, int count, TextTokenizer tokenizer)
    {
        int vocabulary = scores.Length / places;
        return [.. Enumerable.Range(0, places).Select(place => (IReadOnlyList<ClassScore>)[.. Enumerable.Range(0, vocabulary)
            .OrderByDescending(id => scores[(place * vocabulary) + id])
            .Take(count)
            .Select(id => new ClassScore(id, tokenizer.Decode([id]).Trim(), scores[(place * vocabulary) + id]))])];
    }
}
