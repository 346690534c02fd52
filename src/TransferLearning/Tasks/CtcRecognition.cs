namespace TransferLearning;

/// <summary>Writing what is said, a character or piece of a word for each frame, by connectionist temporal classification (Graves et al.,
/// 2006): the loss sums over all ways to spread a transcript over the frames, and is divided by the transcript's length. A sample whose
/// transcript needs more frames than its sound has cannot be learned from, and is a damaged one.</summary>
/// <param name="Vocabulary">What the outputs stand for.</param>
public sealed record CtcRecognition(CtcVocabulary Vocabulary) : LearningTask
{
    private const long NoEntry = -1;

    /// <summary>Whether an infinite loss, of a transcript that does not fit its sound, and its gradient count as 0. Such samples are
    /// refused where they are read; it matters where a preprocessor of one's own does not say how many frames a sound has. Default: false,
    /// as in PyTorch.</summary>
    public bool ZeroInfinity { get; init; }

    /// <inheritdoc/>
    public override string Name => "speech recognition";

    /// <inheritdoc/>
    public override HeadSpec Head => new(HeadKind.Vocabulary, Vocabulary.Count);

    /// <inheritdoc/>
    internal override LossTargets? Truth => LossTargets.None;

    /// <inheritdoc/>
    public override void Check(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        if (Loss is not null)
        {
            throw new ArgumentException(
                $"{Name} has a loss of its own, and a {Loss.GetType().Name} cannot take its place: leave {nameof(Loss)} out.");
        }

        TokenTargets.RequireText(dataset, Name, ", the transcript of each sound");
    }

    /// <inheritdoc/>
    public override Example Encode(PaddedPreprocessor preprocessor, Sample sample, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(preprocessor);
        ArgumentNullException.ThrowIfNull(sample);
        string transcript = TokenTargets.TextOf(sample, Name);
        Example source = preprocessor.ApplySource(sample, ref random);
        int[] ids = Vocabulary.Encode(transcript);
        if (source is AudioExample sound)
        {
            RequireFit(sound, ids);
        }

        return new WritingExample(source, [], Array.ConvertAll(ids, id => (long)id));
    }

    /// <inheritdoc/>
    public override ModelInput CollateInput(PaddedPreprocessor preprocessor, IReadOnlyList<Example> examples, int? length)
    {
        ArgumentNullException.ThrowIfNull(preprocessor);
        return preprocessor.Collate([.. examples.Select(example => ((WritingExample)example).Source)], length);
    }

    /// <inheritdoc/>
    public override Tensor CollateTargets(IReadOnlyList<Example> examples, ModelInput input)
    {
        long[][] rows = [.. examples.Select(example => ((WritingExample)example).Labels)];
        return TokenTargets.Padded(rows, Math.Max(1, rows.Max(row => row.Length)), NoEntry);
    }

    /// <inheritdoc/>
    public override StepLoss Compute(ForwardPass pass, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(batch);
        Tensor logits = pass.Run(batch.Input).Outputs; // [N, frames, entries]
        Tensor frames = FramesOf(pass, batch.Input, logits);
        Tensor sizes = batch.Targets.IsAtLeast(0).sum(1);
        Tensor loss = nn.functional.ctc_loss(
            logits.log_softmax(-1).transpose(0, 1), pass.There(batch.Targets.ClampMin(0)), frames, sizes, Vocabulary.Blank, ZeroInfinity);
        Tensor padding = Scalars.Range(0, logits.size(1), ScalarType.Int64).unsqueeze(0).ge(frames.unsqueeze(1));
        Tensor best = logits.detach().argmax(-1).cpu().MaskedFill(padding, (long)Vocabulary.Blank);
        return new StepLoss(loss, batch.Count, null, best);
    }

    /// <inheritdoc/>
    public override TaskMetric CreateMetric(Dataset dataset) => new Metric(Vocabulary);

    /// <inheritdoc/>
    internal override bool NeedsNewHead(LearningTask before) => before is not CtcRecognition other || !other.Vocabulary.Equals(Vocabulary);

    /// <summary>How many outputs of each sound are no padding, int64 [N] on the CPU; it joins the caller's dispose scope.</summary>
    private static Tensor FramesOf(ForwardPass pass, ModelInput input, Tensor logits)
        => pass.Network is SpeechNetwork network && input is AudioInput sounds && network.FrameLengths(sounds) is { } frames
            ? frames.cpu()
            : Scalars.Full([logits.size(0)], logits.size(1), ScalarType.Int64);

    // Between two equal entries there must be a blank.
    private static void RequireFit(AudioExample sound, int[] ids)
    {
        int needed = ids.Length + Enumerable.Range(1, Math.Max(0, ids.Length - 1)).Count(i => ids[i] == ids[i - 1]);
        if (sound.Outputs < needed)
        {
            throw new InvalidDataException(
                $"The transcript needs {needed} frames, and the sound gives {sound.Outputs}: the transcript is another sound's, or the "
                    + "sound is cut off.");
        }
    }

    private sealed class Metric(CtcVocabulary vocabulary) : TaskMetric
    {
        private ErrorCounts _words = new(0, 0, 0, 0);
        private ErrorCounts _characters = new(0, 0, 0, 0);

        public override void Add(Batch batch, Tensor outputs)
        {
            int[] best = [.. outputs.contiguous().data<float>().Select(entry => (int)entry)];
            int each = best.Length / batch.Count;
            for (int i = 0; i < batch.Count; i++)
            {
                string written = vocabulary.Decode(CtcDecoding.Merged(best.AsSpan(i * each, each).ToArray(), vocabulary.Blank));
                string spoken = vocabulary.Decode(((WritingExample)batch.Examples[i]).Labels.Select(id => (int)id));
                _words = _words.Add(ErrorRate.Words(written, spoken));
                _characters = _characters.Add(ErrorRate.Characters(written, spoken));
            }
        }

        public override TaskReport ToReport(double meanLoss, double? correctShare) => new RecognitionReport(_words, _characters);
    }
}
