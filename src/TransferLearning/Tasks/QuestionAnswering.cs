namespace TransferLearning;

/// <summary>
/// Finding the answer to a question in a text: its first and last token, or the first token of all where the text has no answer. The loss
/// is the mean of the cross entropies of both ends. A text that is too long is read in windows that overlap: training takes the first that
/// holds the whole answer, evaluation reads all.
/// </summary>
public sealed record QuestionAnswering : LearningTask
{
    // As SQuAD's own baseline has them: how many tokens a window has in common with the one before it, and the longest answer.
    private const int Overlap = 128;
    private const int MostWindows = 1000;
    private const int LongestAnswer = 30;

    /// <inheritdoc/>
    public override string Name => "question answering";

    /// <inheritdoc/>
    public override HeadSpec Head => new(HeadKind.Spans, 2);

    /// <inheritdoc/>
    internal override LossTargets? Truth => LossTargets.Classes;

    private bool ReadsAllWindows { get; init; }

    /// <inheritdoc/>
    public override void Check(Dataset dataset)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        if (dataset.Count > 0 && dataset.TargetOf(0) is not AnswersTarget)
        {
            throw new ArgumentException(
                $"{dataset} has a {dataset.TargetOf(0).GetType().Name} for '{dataset.NameOf(0)}'; {Name} learns from "
                    + $"{nameof(AnswersTarget)}, as SquadFile.Open gives.",
                nameof(dataset));
        }
    }

    /// <inheritdoc/>
    public override LearningTask ForEvaluation() => this with { Loss = null, ReadsAllWindows = true };

    /// <inheritdoc/>
    public override Example Encode(PaddedPreprocessor preprocessor, Sample sample, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(sample);
        TextPreprocessor text = TokenTargets.TextOf(preprocessor, Name);
        if (sample.Input is not QuestionContent content || sample.Target is not AnswersTarget { Answers: { } answers })
        {
            throw new ArgumentException(
                $"Sample '{sample.Name}' holds {sample.Input.GetType().Name} and {sample.Target.GetType().Name}; {Name} learns from "
                    + $"{nameof(QuestionContent)} and {nameof(AnswersTarget)}.");
        }

        List<EncodedText> windows = [];
        (int Window, int First, int Last)? learned = answers.Count == 0 ? (0, 0, 0) : null;
        foreach (EncodedText window in Windows(text, content.Question, content.Context))
        {
            windows.Add(window);
            if (learned is null && Place(window, windows.Count == 1, answers[0]) is { } place)
            {
                learned = (windows.Count - 1, place.First, place.Last);
            }

            if (learned is not null && !ReadsAllWindows)
            {
                break;
            }
        }

        text.Counted(windows[0]);
        (int chosen, int first, int last) = learned ?? (0, 0, 0);
        return new AnswerExample(text, content.Context, windows[chosen], first, last, sample.Target)
        {
            OtherWindows = ReadsAllWindows ? [.. windows.Where((_, i) => i != chosen)] : [],
        };
    }

    /// <inheritdoc/>
    public override ModelInput CollateInput(PaddedPreprocessor preprocessor, IReadOnlyList<Example> examples, int? length)
        => TokenTargets.TextOf(preprocessor, Name).ToInput([.. examples.Cast<AnswerExample>().Select(example => example.Window)], length);

    /// <inheritdoc/>
    public override Tensor CollateTargets(IReadOnlyList<Example> examples, ModelInput input)
        => tensor(
            [.. examples.Cast<AnswerExample>().SelectMany(example => new long[] { example.First, example.Last })], [examples.Count, 2]);

    /// <inheritdoc/>
    public override StepLoss Compute(ForwardPass pass, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(batch);
        LossFunction loss = Loss ?? new CrossEntropyLoss();
        (Tensor logits, _) = pass.Run(batch.Input); // [N, L, 2]
        Tensor targets = pass.There(batch.Targets);
        (Tensor starts, Tensor ends) = (logits.select(2, 0), logits.select(2, 1));
        (Tensor first, Tensor last) = (targets.select(1, 0), targets.select(1, 1));
        Tensor mean = loss.Compute(starts, first).Add(loss.Compute(ends, last)).Multiply(0.5);
        Tensor correct = starts.argmax(1).eq(first).logical_and(ends.argmax(1).eq(last)).sum();
        if (ReadsAllWindows)
        {
            ReadWindows(pass, batch, logits);
        }

        return new StepLoss(mean, logits.size(0), correct, logits);
    }

    /// <inheritdoc/>
    public override TaskMetric CreateMetric(Dataset dataset) => new Metric();

    /// <summary>
    /// The context in windows that overlap, each with the question before it; offsets are places in the whole context. Of a context that
    /// would need more than a thousand windows the rest is left out.
    /// </summary>
    internal static IEnumerable<EncodedText> Windows(TextPreprocessor text, string question, string context)
        => text.Tokenizer.EncodeWindows(question, context, Overlap, text.Options(TextTruncation.OnlySecond)).Take(MostWindows);

    /// <summary>The best answer of some windows of a context, each with its logits: start and end of each token in turn.</summary>
    internal static AnswerPrediction BestAnswer(string context, IEnumerable<(EncodedText Window, float[] Logits)> windows)
    {
        AnswerPrediction best = new("", 0, double.NegativeInfinity, double.PositiveInfinity);
        foreach ((EncodedText window, float[] own) in windows)
        {
            int[] open = [.. Enumerable.Range(0, window.Length).Where(token => window.SequenceIndices[token] == 1)];
            best = best with { NoAnswerScore = Math.Min(best.NoAnswerScore, own[0] + (double)own[1]) };
            for (int a = 0; a < open.Length; a++)
            {
                for (int b = a; b < Math.Min(open.Length, a + LongestAnswer); b++)
                {
                    double score = own[2 * open[a]] + (double)own[(2 * open[b]) + 1];
                    if (score > best.Score)
                    {
                        int start = window.Offsets[open[a]].Start;
                        int end = window.Offsets[open[b]].Start + window.Offsets[open[b]].Length;
                        best = best with { Text = context[start..Math.Max(start, end)], Start = start, Score = score };
                    }
                }
            }
        }

        return best;
    }

    // The windows that are not learned from, in batches no larger than the one at hand, so that memory does not grow with the context.
    private static void ReadWindows(ForwardPass pass, Batch batch, Tensor logits)
    {
        AnswerExample[] examples = [.. batch.Examples.Cast<AnswerExample>()];
        List<(EncodedText Window, float[] Logits)>[] read = [.. examples.Select(_ => new List<(EncodedText, float[])>())];
        Take(logits, [.. examples.Select((example, i) => (i, example.Window))]);
        foreach (
            (int Example, EncodedText Window)[] part in examples.SelectMany(
                (example, i) => example.OtherWindows.Select(window => (i, window))).Chunk(batch.Count))
        {
            using DisposeScope scope = NewDisposeScope();
            using TokenInput input = examples[0].Text.ToInput([.. part.Select(entry => entry.Window)]);
            Take(pass.Run(input).Outputs, part);
        }

        for (int i = 0; i < examples.Length; i++)
        {
            examples[i].Found = BestAnswer(examples[i].Context, read[i]);
        }

        void Take(Tensor outputs, (int Example, EncodedText Window)[] rows)
        {
            using Tensor own = outputs.cpu().contiguous();
            float[] all = own.data<float>().ToArray();
            int each = all.Length / rows.Length;
            for (int row = 0; row < rows.Length; row++)
            {
                read[rows[row].Example].Add((rows[row].Window, all[(row * each)..((row * each) + (2 * rows[row].Window.Length))]));
            }
        }
    }

    private static (int First, int Last)? Place(EncodedText window, bool isFirst, TextAnswer answer)
    {
        (int start, int end) = (answer.Start, answer.Start + answer.Text.Length);
        (int first, int last) = (-1, -1);
        (int from, int to) = (isFirst ? 0 : int.MaxValue, 0); // what the window covers
        for (int i = 0; i < window.Length; i++)
        {
            if (window.SequenceIndices[i] != 1)
            {
                continue;
            }

            (int begin, int length) = window.Offsets[i];
            (from, to) = (Math.Min(from, begin), Math.Max(to, begin + length));
            if (begin + length > start && begin < end)
            {
                (first, last) = (first < 0 ? i : first, i);
            }
        }

        return first >= 0 && from <= start && to >= end ? (first, last) : null;
    }

    private sealed record AnswerExample(
        TextPreprocessor Text, string Context, EncodedText Window, int First, int Last, Target Target) : Example(Target, Window.Length)
    {
        public IReadOnlyList<EncodedText> OtherWindows { get; init; } = [];

        /// <summary>The answer found in all windows, once they were read.</summary>
        public AnswerPrediction? Found { get; set; }
    }

    private sealed class Metric : TaskMetric
    {
        private readonly List<KeyValuePair<AnswerPrediction, IReadOnlyList<TextAnswer>>> _answers = [];

        public override void Add(Batch batch, Tensor outputs)
            => _answers.AddRange(
                batch.Examples.Cast<AnswerExample>().Select(
                    example => KeyValuePair.Create(example.Found!, ((AnswersTarget)example.Target).Answers)));

        public override bool Share(MetricState state)
        {
            _answers.AddRange(state.OtherRecord(_answers) ?? []);
            return true;
        }

        public override TaskReport ToReport(double meanLoss, double? correctShare)
        {
            // Only where some questions have no answer may the model say so.
            bool mayLack = _answers.Exists(pair => pair.Value.Count == 0);
            AnswerMatch match = new();
            foreach ((AnswerPrediction found, IReadOnlyList<TextAnswer> answers) in _answers)
            {
                match.Add(mayLack && found.NoAnswerScore > found.Score ? "" : found.Text, [.. answers.Select(answer => answer.Text)]);
            }

            return new AnswerReport(match.Score, correctShare ?? 0);
        }
    }
}
