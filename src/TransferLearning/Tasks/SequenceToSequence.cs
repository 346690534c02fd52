namespace TransferLearning;

/// <summary>Writing a text of what is read: translations and summaries of texts, transcripts of sounds. The decoder reads what it is to
/// write, moved right by the token that starts every text.</summary>
/// <param name="Start">The token that the decoder begins with.</param>
/// <param name="End">The token that ends a text; null for none.</param>
public sealed record SequenceToSequence(int Start, int? End) : LearningTask
{
    /// <summary>The tokens that follow the first one and say what is to be written: Whisper's language, task and
    /// <c>&lt;|notimestamps|&gt;</c>. They are learned too. Default: none.</summary>
    public IReadOnlyList<int> Prompt { get; init; } = [];

    /// <inheritdoc/>
    public override string Name => "sequence to sequence";

    /// <inheritdoc/>
    public override HeadSpec Head => new(HeadKind.Vocabulary);

    /// <inheritdoc/>
    internal override LossTargets? Truth => LossTargets.Classes;

    /// <inheritdoc/>
    public override void Check(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        TokenTargets.RequireText(
            dataset, Name, ": open texts with TextFileOptions.TargetText, or ParallelText, and sounds with their transcripts");
    }

    /// <inheritdoc/>
    public override Example Encode(PaddedPreprocessor preprocessor, Sample sample, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(preprocessor);
        ArgumentNullException.ThrowIfNull(sample);
        string written = TokenTargets.TextOf(sample, Name);
        Example source = preprocessor.ApplySource(sample, ref random);
        int[] target = preprocessor.EncodeTarget(written, Prompt, End);
        return new WritingExample(source, [Start, .. target.SkipLast(1)], Array.ConvertAll(target, id => (long)id));
    }

    /// <inheritdoc/>
    public override ModelInput CollateInput(PaddedPreprocessor preprocessor, IReadOnlyList<Example> examples, int? length)
    {
        ArgumentNullException.ThrowIfNull(preprocessor);
        ArgumentNullException.ThrowIfNull(examples);
        long[][] rows = [.. examples.Select(example => Array.ConvertAll(((WritingExample)example).DecoderIds, id => (long)id))];
        ModelInput source = preprocessor.Collate([.. examples.Select(example => ((WritingExample)example).Source)], length);
        return source.WithDecoder(
            TokenTargets.Padded(rows, rows.Max(row => row.Length), preprocessor.TargetTokenizer?.PadId ?? 0));
    }

    /// <inheritdoc/>
    public override Tensor CollateTargets(IReadOnlyList<Example> examples, ModelInput input)
    {
        long[][] rows = [.. examples.Select(example => ((WritingExample)example).Labels)];
        return TokenTargets.Padded(rows, rows.Max(row => row.Length), TokenExample.NoLabel);
    }

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
