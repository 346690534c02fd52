namespace TransferLearning;

/// <summary>Perplexity of a language model: e to the mean negative log-likelihood of the tokens that came. 1 is perfect; a model that knows
/// nothing has the size of its vocabulary. Add batches one after another; tokens count equally, whatever batch they are in.</summary>
public sealed class Perplexity
{
    private const int RowsAtOnce = 256; // a row of float64 for a vocabulary of 50,000 takes 400 KB

    private double _sum;

    /// <summary>How many tokens have been added.</summary>
    public long Tokens { get; private set; }

    /// <summary>The mean negative log-likelihood, in nats; NaN without any token.</summary>
    public double MeanNegativeLogLikelihood => Tokens > 0 ? _sum / Tokens : double.NaN;

    /// <summary>The perplexity; NaN without any token.</summary>
    public double Value => Math.Exp(MeanNegativeLogLikelihood);

    /// <summary>The mean negative log-likelihood in bits.</summary>
    public double BitsPerToken => MeanNegativeLogLikelihood / Math.Log(2);

    /// <summary>The perplexity of one batch.</summary>
    /// <param name="logits">[..., vocabulary].</param>
    /// <param name="labels">[...], the token that came after each place, int64.</param>
    /// <param name="ignoredLabel">The label of places that do not count. Default: -100.</param>
    /// <exception cref="ArgumentException">The shapes do not fit.</exception>
    public static double Of(Tensor logits, Tensor labels, long ignoredLabel = -100)
    {
        Perplexity perplexity = new();
        perplexity.Add(logits, labels, ignoredLabel);
        return perplexity.Value;
    }

    /// <summary>Adds tokens whose mean negative log-likelihood is known: a loss.</summary>
    /// <param name="meanNegativeLogLikelihood">The mean, in nats.</param>
    /// <param name="tokens">How many tokens it is the mean of; labels that were left out do not count.</param>
    public void Add(double meanNegativeLogLikelihood, long tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokens);
        if (tokens > 0)
        {
            _sum += meanNegativeLogLikelihood * tokens;
            Tokens += tokens;
        }
    }

    /// <summary>Adds a batch. The tensors stay the caller's; the sum is formed in float64.</summary>
    /// <param name="logits">[..., vocabulary], aligned with the labels: already shifted.</param>
    /// <param name="labels">[...], the token that came after each place, int64.</param>
    /// <param name="ignoredLabel">The label of places that do not count. Default: -100.</param>
    /// <exception cref="ArgumentException">The shapes do not fit, or a label is not in the vocabulary.</exception>
    public void Add(Tensor logits, Tensor labels, long ignoredLabel = -100)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        if (logits.dim() == 0 || !logits.shape.AsSpan()[..^1].SequenceEqual(labels.shape))
        {
            throw new ArgumentException(
                $"The logits have the shape [{string.Join(", ", logits.shape)}] and the labels [{string.Join(", ", labels.shape)}]; "
                + "expected the same but for the vocabulary at the end.",
                nameof(labels));
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable mode = no_grad();
        long vocabulary = logits.shape[^1];
        Tensor rows = logits.detach().reshape(-1, vocabulary);
        Tensor targets = labels.reshape(-1).to_type(ScalarType.Int64);
        Tensor counted = targets.IsUnequal(ignoredLabel);
        if (counted.logical_and(targets.lt(Scalars.Zero).logical_or(targets.IsAtLeast(vocabulary))).any().item<bool>())
        {
            throw new ArgumentException($"A label is not in the vocabulary of {vocabulary} tokens.", nameof(labels));
        }

        for (long first = 0; first < rows.shape[0]; first += RowsAtOnce)
        {
            using DisposeScope part = NewDisposeScope();
            long count = Math.Min(RowsAtOnce, rows.shape[0] - first);
            Tensor losses = nn.functional.cross_entropy(
                rows.narrow(0, first, count).to_type(ScalarType.Float64),
                targets.narrow(0, first, count),
                ignore_index: ignoredLabel,
                reduction: nn.Reduction.Sum);
            _sum += losses.item<double>();
        }

        Tokens += counted.sum().item<long>();
    }
}
