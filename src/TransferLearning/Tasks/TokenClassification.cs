namespace TransferLearning;

/// <summary>
/// A tag for each word of a sentence: the first piece of a word has the word's tag, the others none; the loss is cross entropy.
/// </summary>
public sealed record TokenClassification : ClassTask
{
    private const string Outside = "O";

    /// <summary>Tags whose names are not known yet: those of the data set that is trained on.</summary>
    /// <param name="tagCount">The number of tags.</param>
    public TokenClassification(int tagCount) : base(tagCount, null) { }

    /// <summary>Tags with names.</summary>
    /// <param name="tags">The names, at least one.</param>
    public TokenClassification(IReadOnlyList<string> tags)
        : this(tags?.Count ?? throw new ArgumentNullException(nameof(tags))) => ClassNames = tags;

    /// <inheritdoc/>
    public override string Name => "token classification";

    /// <inheritdoc/>
    public override HeadSpec Head => new(HeadKind.Tokens, ClassCount);

    /// <inheritdoc/>
    internal override LossTargets? Truth => LossTargets.Classes;

    /// <summary>The tag of words that no token stands for.</summary>
    internal int OutsideNumber => Math.Max(0, ClassNames.ToList().IndexOf(Outside));

    /// <inheritdoc/>
    public override Example Encode(PaddedPreprocessor preprocessor, Sample sample, ref SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(sample);
        TextPreprocessor text = TextOf(preprocessor);
        if (sample.Input is not WordsContent { Words: { } words })
        {
            throw TextPreprocessor.Unfit(sample, nameof(WordsContent));
        }

        EncodedText encoded = text.Counted(text.Tokenizer.EncodeWords(words, text.Options()));
        if (sample.Target is not TagsTarget tags || tags.Tags.Count != words.Count)
        {
            throw new ArgumentException(
                $"Sample '{sample.Name}' has {words.Count} words and "
                    + $"{(sample.Target is TagsTarget other ? $"{other.Tags.Count} tags" : $"a {sample.Target.GetType().Name}")}; {Name} "
                    + $"learns from a {nameof(TagsTarget)} with one for each word.");
        }

        long[] labels = new long[encoded.Length];
        Array.Fill(labels, TokenExample.NoLabel);
        foreach (int token in FirstPieces(encoded))
        {
            labels[token] = Checked(tags.Tags[encoded.WordIndices[token]]);
        }

        return new TokenExample(encoded, sample.Target) { TokenLabels = labels };
    }

    /// <inheritdoc/>
    public override Tensor CollateTargets(IReadOnlyList<Example> examples, ModelInput input)
        => TokenTargets.Of(examples, ((TokenInput)input).Length);

    /// <inheritdoc/>
    public override StepLoss Compute(ForwardPass pass, Batch batch)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(batch);
        (Tensor logits, _) = pass.Run(batch.Input); // [N, L, tags]
        (Tensor rows, Tensor labels) = TokenTargets.Labelled(pass.There(batch.Targets).flatten());
        return TokenTargets.Loss(Loss, logits.flatten(0, 1).index_select(0, rows), labels) with { Outputs = logits };
    }

    /// <inheritdoc/>
    public override TaskMetric CreateMetric(Dataset dataset) => new Metric(this);

    /// <summary>The likeliest tag of each word.</summary>
    /// <param name="words">The words.</param>
    /// <param name="encoded">Their tokens.</param>
    /// <param name="scores">The probabilities of the tags, token after token.</param>
    internal WordTag[] Tags(IReadOnlyList<string> words, EncodedText encoded, float[] scores)
    {
        WordTag[] tags = [.. words.Select(word => new WordTag(word, ClassNames[OutsideNumber], 0))];
        foreach (int token in FirstPieces(encoded))
        {
            float[] own = scores[(token * ClassCount)..((token + 1) * ClassCount)];
            int best = Array.IndexOf(own, own.Max());
            int word = encoded.WordIndices[token];
            tags[word] = new WordTag(words[word], ClassNames[best], own[best]);
        }

        return tags;
    }

    /// <summary>Which tokens begin a word, in order.</summary>
    internal static int[] FirstPieces(EncodedText encoded)
        =>
        [
            .. Enumerable
                .Range(0, encoded.Length)
                .Where(i => encoded.WordIndices[i] >= 0 && (i == 0 || encoded.WordIndices[i] != encoded.WordIndices[i - 1]))
        ];

    private sealed class Metric : TaskMetric
    {
        private readonly TokenClassification _task;
        private readonly IReadOnlyList<string> _names;
        private readonly ClassificationAccumulator _tags;
        private readonly EntityScore? _entities;

        public Metric(TokenClassification task)
        {
            (_task, _names) = (task, task.ClassNames);
            _tags = new ClassificationAccumulator(task.ClassCount, keepScores: false);
            bool hasEntities = _names.All(
                name => name == Outside || (name.Length > 2 && name[1] == '-' && "BIESLU".Contains(name[0], StringComparison.Ordinal)));
            _entities = hasEntities ? new EntityScore() : null;
        }

        public override void Add(Batch batch, Tensor outputs)
        {
            long[] best = outputs.argmax(2).contiguous().data<long>().ToArray();
            int length = ((TokenInput)batch.Input).Length;
            for (int i = 0; i < batch.Count; i++)
            {
                TokenExample example = (TokenExample)batch.Examples[i];
                IReadOnlyList<int> truth = ((TagsTarget)example.Target).Tags;
                int[] found = new int[truth.Count];
                Array.Fill(found, _task.OutsideNumber);
                foreach (int token in FirstPieces(example.Encoded))
                {
                    found[example.Encoded.WordIndices[token]] = (int)best[(i * length) + token];
                }

                for (int word = 0; word < found.Length; word++)
                {
                    _tags.AddPrediction(found[word], truth[word]);
                }

                _entities?.Add([.. found.Select(tag => _names[tag])], [.. truth.Select(tag => _names[tag])]);
            }
        }

        public override bool Share(MetricState state)
        {
            _tags.Share(state);
            _entities?.Share(state);
            return true;
        }

        public override TaskReport ToReport(double meanLoss, double? correctShare)
            => new TaggingReport(_tags.ToReport(_names), _entities?.Report);
    }

    private TextPreprocessor TextOf(PaddedPreprocessor preprocessor) => TokenTargets.TextOf(preprocessor, Name);
}
