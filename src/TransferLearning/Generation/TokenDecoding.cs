namespace TransferLearning;

/// <summary>Takes the most probable token, or one that is sampled, for each text.</summary>
internal sealed class TokenDecoding : Decoding
{
    private readonly Func<int, int, bool>? _isStop;
    private readonly IReadOnlyList<int> _places;
    private readonly GeneratedTokens?[] _results;

    /// <summary>Takes the inputs in; see <see cref="Decoding"/>.</summary>
    /// <param name="network">Who writes.</param>
    /// <param name="rows">The beginnings, and what is read; disposed with this object.</param>
    /// <param name="rules">The tokens with a meaning.</param>
    /// <param name="options">Checked already.</param>
    /// <param name="isStop">Given the number of a text and its new token; true ends the text.</param>
    /// <param name="places">The numbers that the samples of each text depend on; null for 0, 1, 2, …</param>
    public TokenDecoding(
        IDecodingNetwork network, DecodingRows rows, DecodingRules rules, GenerationOptions options,
        Func<int, int, bool>? isStop = null, IReadOnlyList<int>? places = null)
        : base(network, rows, rules, options)
    {
        _isStop = isStop;
        _places = places ?? [.. Enumerable.Range(0, rows.Tokens.Count)];
        _results = new GeneratedTokens?[rows.Tokens.Count];
    }

    /// <summary>The same for texts.</summary>
    /// <param name="network">Who writes.</param>
    /// <param name="inputs">The tokens of prompts, or of texts to be read.</param>
    /// <param name="rules">The tokens with a meaning.</param>
    /// <param name="options">Checked already.</param>
    /// <param name="device">Where the network is.</param>
    /// <param name="isStop">As above.</param>
    /// <param name="places">As above.</param>
    /// <param name="narrow">Copies of the network's weights of fewer bits; they stay the caller's.</param>
    public TokenDecoding(
        IDecodingNetwork network, IReadOnlyList<IReadOnlyList<int>> inputs, DecodingRules rules, GenerationOptions options,
        torch.Device device, Func<int, int, bool>? isStop = null, IReadOnlyList<int>? places = null, NarrowWeights? narrow = null)
        : this(network, DecodingRows.OfTexts(network, inputs, rules, options.UseCache, device, narrow), rules, options, isStop, places)
    {
    }

    /// <summary>What was written for each text; null while it is not done.</summary>
    public IReadOnlyList<GeneratedTokens?> Results => _results;

    protected override List<Continuation> Choose(Tensor logits)
    {
        int vocabulary = (int)logits.size(1);
        List<Continuation> next = [];
        for (int row = 0; row < Open.Count; row++)
        {
            int text = Open[row].Text;
            Span<float> own = DecodingRows.Floats(logits).Slice(row * vocabulary, vocabulary);
            SeededRandom random = new(Options.Seed, _places[text], Steps);
            int token = Options.Sample ? TokenSampler.Sample(own, Options, ref random) : TokenSampler.ArgMax(own);
            double sum = Open[row].Sum + TokenSampler.LogProbability(own, token);
            GenerationStop? stop = Rules.End.Contains(token) ? GenerationStop.EndToken
                : _isStop?.Invoke(text, token) == true ? GenerationStop.StopWord
                : LastStop(row);
            if (stop is { } reason)
            {
                int[] tokens = Written(row, token);
                _results[text] = new GeneratedTokens(tokens, sum, sum / tokens.Length, reason);
            }
            else
            {
                next.Add(new Continuation(row, text, token, sum));
            }
        }

        return next;
    }
}
