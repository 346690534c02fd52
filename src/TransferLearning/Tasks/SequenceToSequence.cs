namespace TransferLearning;

/// <summary>
/// Writing a text of a text: translations, summaries. The decoder reads what it is to write, moved right by the token that starts every
/// text.
/// </summary>
/// <param name="Start">The token that the decoder begins with.</param>
/// <param name="End">The token that ends a text; null for none.</param>
public sealed record SequenceToSequence(int Start, int? End) : LearningTask
{
    /// <inheritdoc/>
    public override string Name => "sequence to sequence";

    /// <inheritdoc/>
    public override HeadSpec Head => new(HeadKind.Vocabulary);

    /// <inheritdoc/>
    public override void Check(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        if (dataset.Count > 0 && dataset.TargetOf(0) is not TextTarget)
        {
            throw new ArgumentException(
                $"{dataset} has a {dataset.TargetOf(0).GetType().Name} for '{dataset.NameOf(0)}'; {Name} learns from "
                    + $"{nameof(TextTarget)}: open it with TextFileOptions.TargetText, or ParallelText.",
                nameof(dataset));
        }
    }

    /// <inheritdoc/>
    public override Example Encode(PaddedPreprocessor preprocessor, Sample sample, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(sample);
        TextPreprocessor text = TokenTargets.TextOf(preprocessor, Name);
        if (sample.Input is not TextContent content || sample.Target is not TextTarget written)
        {
            throw new ArgumentException(
                $"Sample '{sample.Name}' holds {sample.Input.GetType().Name} and {sample.Target.GetType().Name}; {Name} learns from "
                    + $"{nameof(TextContent)} and {nameof(TextTarget)}.");
        }

        EncodedText source = text.Counted(text.Tokenizer.Encode(text.SourcePrefix + content.Text, content.Pair, text.Options()));
        int[] target = text.Counted(text.TargetTokenizer.Encode(written.Text, null, text.Options())).Ids;
        if (End is { } end && (target.Length == 0 || target[^1] != end))
        {
            target = [.. target.Take(text.MaximumLength - 1), end];
        }

        return new TokenExample(source, sample.Target)
        {
            DecoderIds = [Start, .. target.SkipLast(1)],
            TokenLabels = Array.ConvertAll(target, id => (long)id),
        };
    }

    /// <inheritdoc/>
    public override ModelInput CollateInput(PaddedPreprocessor preprocessor, IReadOnlyList<Example> examples, int? length)
    {
        ArgumentNullException.ThrowIfNull(examples);
        TextPreprocessor text = TokenTargets.TextOf(preprocessor, Name);
        int[][] rows = [.. examples.Select(example => ((TokenExample)example).DecoderIds!)];
        int width = rows.Max(row => row.Length);
        long[] ids = new long[rows.Length * width];
        Array.Fill(ids, text.Tokenizer.PadId ?? 0);
        for (int i = 0; i < rows.Length; i++)
        {
            Array.ConvertAll(rows[i], id => (long)id).CopyTo(ids, i * width);
        }

        TokenInput source = (TokenInput)preprocessor.Collate(examples, length);
        return new TokenInput(source.Ids, source.Mask) { DecoderIds = tensor(ids, [rows.Length, width]).DetachFromDisposeScope() };
    }

    /// <inheritdoc/>
    public override Tensor CollateTargets(IReadOnlyList<Example> examples, ModelInput input)
        => TokenTargets.Of(examples, (int)((TokenInput)input).DecoderIds!.size(1));

    /// <inheritdoc/>
    public override StepLoss Compute(ForwardPass pass, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(batch);
        (Tensor logits, _) = pass.Run(batch.Input); // [N, M, V]
        (Tensor rows, Tensor labels) = TokenTargets.Labelled(pass.There(batch.Targets).flatten());
        return TokenTargets.Loss(Loss, logits.flatten(0, 1).index_select(0, rows), labels);
    }

    /// <inheritdoc/>
    public override TaskMetric CreateMetric(Dataset dataset) => new LanguageMetric();
}
