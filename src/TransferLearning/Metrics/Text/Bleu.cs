namespace TransferLearning;

/// <summary>BLEU, the usual measure of translations: the geometric mean of the shares of right n-grams, times a penalty for brevity
/// (Papineni et al., "BLEU: a Method for Automatic Evaluation of Machine Translation", 2002), as sacreBLEU defines it with the tokenizer
/// 13a (Post, "A Call for Clarity in Reporting BLEU Scores", 2018). Add texts one after another, or use
/// <see cref="Corpus(IReadOnlyList{string}, IReadOnlyList{string}, BleuOptions)"/>.</summary>
public sealed class Bleu : CorpusMetric<BleuScore>
{
    private const int Orders = 4;

    private readonly BleuOptions _options;
    private readonly long[] _correct = new long[Orders];
    private readonly long[] _total = new long[Orders];
    private long _hypothesisLength;
    private long _referenceLength;

    /// <summary>Begins with no text.</summary>
    /// <param name="options">How the score is computed; null means the defaults.</param>
    public Bleu(BleuOptions? options = null) => _options = options ?? new BleuOptions();

    /// <summary>The score of all texts added so far; 0 without any.</summary>
    public override BleuScore Score => Scored();

    /// <summary>The score of translations as a whole, which is not the mean of their scores.</summary>
    /// <param name="hypotheses">The translations.</param>
    /// <param name="references">The reference of each.</param>
    /// <param name="options">How it is computed; null means the defaults.</param>
    /// <exception cref="ArgumentException">The lists differ in length.</exception>
    public static BleuScore Corpus(IReadOnlyList<string> hypotheses, IReadOnlyList<string> references, BleuOptions? options = null)
        => new Bleu(options).Of(hypotheses, references);

    /// <summary>The score of translations as a whole, where each has several references.</summary>
    /// <param name="hypotheses">The translations.</param>
    /// <param name="references">The references of each, at least one.</param>
    /// <param name="options">How it is computed; null means the defaults.</param>
    /// <exception cref="ArgumentException">The lists differ in length, or a translation has no reference.</exception>
    public static BleuScore Corpus(
        IReadOnlyList<string> hypotheses, IReadOnlyList<IReadOnlyList<string>> references, BleuOptions? options = null)
        => new Bleu(options).Of(hypotheses, references);

    /// <summary>The score of one translation, over the orders that it is long enough for.</summary>
    /// <param name="hypothesis">The translation.</param>
    /// <param name="references">Its references, at least one.</param>
    /// <param name="options">How it is computed; null means the defaults.</param>
    /// <exception cref="ArgumentException">There is no reference.</exception>
    public static BleuScore Sentence(string hypothesis, IReadOnlyList<string> references, BleuOptions? options = null)
    {
        options ??= new BleuOptions();
        return new Bleu(options with { EffectiveOrder = options.EffectiveOrder ?? true }).Of([hypothesis], [references]);
    }

    private protected override void Count(string hypothesis, IReadOnlyList<string> references)
    {
        UnitNumbers numbers = new();
        int[] words = numbers.Of(Words(hypothesis));
        int[][] others = [.. references.Select(reference => numbers.Of(Words(reference)))];
        for (int n = 0; n < Orders; n++)
        {
            NGramCounts most = others.Select(other => NGramCounts.Of(other, n + 1)).Aggregate((left, right) => left.Largest(right));
            _correct[n] += NGramCounts.Of(words, n + 1).Common(most);
            _total[n] += NGramCounts.Total(words.Length, n + 1);
        }

        _hypothesisLength += words.Length;
        _referenceLength += others.Select(other => other.Length)
            .OrderBy(length => Math.Abs(length - words.Length)).ThenBy(length => length).First();
    }

    private string[] Words(string text) => Tokenizer13a.Words(TextUnits.Trimmed(_options.Lowercase ? TextUnits.Lower(text) : text));

    private BleuScore Scored()
    {
        double penalty = _hypothesisLength >= _referenceLength ? 1
            : _hypothesisLength == 0 ? 0 : Math.Exp(1 - (_referenceLength / (double)_hypothesisLength));
        double[] precisions = new double[Orders];
        int order = _options.EffectiveOrder ?? false ? 0 : Orders;
        double halving = 1;
        for (int n = 0; n < Orders && Array.Exists(_correct, count => count > 0); n++)
        {
            double added = _options.Smoothing == BleuSmoothing.AddK && n > 0 ? _options.SmoothingValue ?? 1 : 0;
            double correct = _correct[n] + added, total = _total[n] + added;
            if (total == 0)
            {
                break;
            }

            order = Math.Max(order, n + 1);
            precisions[n] = 100 / total * (correct > 0 ? correct : _options.Smoothing switch
            {
                BleuSmoothing.Exponential => 1 / (halving *= 2),
                BleuSmoothing.Floor => _options.SmoothingValue ?? 0.1,
                _ => 0,
            });
        }

        IEnumerable<double> counted = precisions.Take(order);
        double score = order > 0 && counted.All(precision => precision > 0) ? penalty * Math.Exp(counted.Average(Math.Log)) : 0;
        return new BleuScore(score, precisions, penalty, [.. _correct], [.. _total], _hypothesisLength, _referenceLength);
    }
}
