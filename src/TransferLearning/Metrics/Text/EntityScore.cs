namespace TransferLearning;

/// <summary>
/// Precision, recall and F1 of entities by seqeval's definition: an entity is right if its type and both ends are. Add sentences one after
/// another, or use <see cref="Of"/>.
/// </summary>
public sealed class EntityScore
{
    private readonly TagScheme _scheme;
    private readonly SortedDictionary<string, long[]> _counts = new(StringComparer.Ordinal); // right, found and real ones of each type
    private long _words;
    private long _rightWords;

    /// <summary>Begins with no sentence.</summary>
    /// <param name="scheme">How tags are read. Default: leniently.</param>
    public EntityScore(TagScheme scheme = TagScheme.Lenient) => _scheme = scheme;

    /// <summary>The scores of all sentences added so far.</summary>
    public EntityReport Report
    {
        get
        {
            EntityMetrics[] types = [.. _counts.Select(pair => Metrics(pair.Key, pair.Value))];
            long[] all = [.. Enumerable.Range(0, 3).Select(i => _counts.Values.Sum(counts => counts[i]))];
            double accuracy = _words > 0 ? _rightWords / (double)_words : 0;
            return new EntityReport(types, Metrics("", all), Mean(types, _ => 1), Mean(types, type => type.Support), accuracy);
        }
    }

    /// <summary>The scores of sentences.</summary>
    /// <param name="predictions">The tags predicted for each sentence, one for each word.</param>
    /// <param name="references">The true tags.</param>
    /// <param name="scheme">How tags are read. Default: leniently.</param>
    /// <exception cref="ArgumentException">The lists or two sentences differ in length, or a tag is not of the scheme.</exception>
    public static EntityReport Of(
        IReadOnlyList<IReadOnlyList<string>> predictions, IReadOnlyList<IReadOnlyList<string>> references,
        TagScheme scheme = TagScheme.Lenient)
    {
        ArgumentNullException.ThrowIfNull(predictions);
        ArgumentNullException.ThrowIfNull(references);
        if (predictions.Count != references.Count)
        {
            throw new ArgumentException(
                $"There are {predictions.Count} predicted sentences and {references.Count} true ones; expected as many.",
                nameof(references));
        }

        EntityScore score = new(scheme);
        for (int i = 0; i < predictions.Count; i++)
        {
            score.Add(predictions[i], references[i]);
        }

        return score.Report;
    }

    /// <summary>The entities of a sentence, in order.</summary>
    /// <param name="tags">The tags of its words.</param>
    /// <param name="scheme">How tags are read. Default: leniently.</param>
    /// <exception cref="ArgumentException">A tag is empty or not of the scheme.</exception>
    public static IReadOnlyList<TaggedEntity> Entities(IReadOnlyList<string> tags, TagScheme scheme = TagScheme.Lenient)
    {
        ArgumentNullException.ThrowIfNull(tags);
        return scheme == TagScheme.Lenient ? TagReader.Lenient(tags) : TagReader.Strict(tags, scheme);
    }

    /// <summary>Adds a sentence.</summary>
    /// <param name="prediction">The tags predicted for its words.</param>
    /// <param name="reference">The true tags.</param>
    /// <exception cref="ArgumentException">They differ in number, or a tag is empty or not of the scheme.</exception>
    public void Add(IReadOnlyList<string> prediction, IReadOnlyList<string> reference)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(reference);
        if (prediction.Count != reference.Count)
        {
            throw new ArgumentException(
                $"A sentence has {prediction.Count} predicted tags and {reference.Count} true ones; expected one for each word.",
                nameof(prediction));
        }

        IReadOnlyList<TaggedEntity> found = Entities(prediction, _scheme);
        HashSet<TaggedEntity> real = [.. Entities(reference, _scheme)];
        foreach (TaggedEntity entity in found)
        {
            long[] counts = CountsOf(entity.Type);
            counts[0] += real.Contains(entity) ? 1 : 0;
            counts[1]++;
        }

        foreach (TaggedEntity? entity in real)
        {
            CountsOf(entity.Type)[2]++;
        }

        _words += reference.Count;
        _rightWords += prediction.Zip(reference).Count(pair => pair.First == pair.Second);
    }

    /// <summary>Adds what another process has taken, or gives what this one has.</summary>
    internal void Share(MetricState state)
    {
        foreach ((string type, long[] others) in state.OtherRecord(_counts) ?? [])
        {
            long[] counts = CountsOf(type);
            for (int i = 0; i < counts.Length; i++)
            {
                counts[i] += others[i];
            }
        }

        state.Sum(ref _words);
        state.Sum(ref _rightWords);
    }

    private static EntityMetrics Metrics(string type, long[] counts)
    {
        PrecisionRecall metrics = PrecisionRecall.Of(counts[0], counts[1], counts[2]);
        return new EntityMetrics(type, metrics.Precision, metrics.Recall, metrics.F1, counts[2]);
    }

    private static AveragedMetrics Mean(EntityMetrics[] types, Func<EntityMetrics, double> weight)
        => AveragedMetrics.Of(types, type => new PrecisionRecall(type.Precision, type.Recall), weight);

    private long[] CountsOf(string type)
    {
        if (!_counts.TryGetValue(type, out long[]? counts))
        {
            _counts.Add(type, counts = new long[3]);
        }

        return counts;
    }
}
