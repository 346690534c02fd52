namespace TransferLearning;

/// <summary>Beam search: every step takes the best 2 B continuations of B beginnings; an end token among the first B finishes a text, whose
/// score is its sum of log-probabilities over its length to the power of the length penalty.</summary>
internal sealed class BeamDecoding : Decoding
{
    private readonly List<GeneratedTokens>[] _finished;

    /// <summary>Takes the inputs in; see <see cref="Decoding"/>.</summary>
    public BeamDecoding(IDecodingNetwork network, DecodingRows rows, DecodingRules rules, GenerationOptions options)
        : base(network, rows, rules, options) => _finished = [.. rows.Tokens.Select(_ => new List<GeneratedTokens>())];

    /// <summary>The same for texts.</summary>
    public BeamDecoding(
        IDecodingNetwork network, IReadOnlyList<IReadOnlyList<int>> inputs, DecodingRules rules, GenerationOptions options,
        torch.Device device, NarrowWeights? narrow = null)
        : this(network, DecodingRows.OfTexts(network, inputs, rules, options.UseCache, device, narrow), rules, options)
    {
    }

    /// <summary>The best texts for each input, best first.</summary>
    public IReadOnlyList<IReadOnlyList<GeneratedTokens>> Results => _finished;

    protected override List<Continuation> Choose(Tensor logits)
    {
        Tensor sums = tensor([.. Open.Select(row => row.Sum)], [Open.Count, 1]);
        Tensor totals = logits.to(float64).log_softmax(-1).Add(sums); // [rows, vocabulary]
        List<Continuation> next = [];
        for (int first = 0, count; first < Open.Count; first += count)
        {
            int text = Open[first].Text;
            count = Open.Skip(first).TakeWhile(row => row.Text == text).Count();
            next.AddRange(Continue(text, first, totals.narrow(0, first, count), logits.size(1)));
        }

        return next;
    }

    /// <summary>One text's step: keeps what is finished, and gives the rows that are left.</summary>
    private List<Continuation> Continue(int text, int first, Tensor totals, long vocabulary)
    {
        int beams = Options.Beams;
        (Tensor values, Tensor places) = totals.flatten().topk((int)Math.Min(2 * beams, totals.numel()), -1, true, true);
        double[] best = [.. values.data<double>()];
        long[] flat = [.. places.data<long>()];
        List<Continuation> open = [];
        for (int rank = 0; rank < best.Length && open.Count < beams && !double.IsNegativeInfinity(best[rank]); rank++)
        {
            Continuation next = new(first + (int)(flat[rank] / vocabulary), text, (int)(flat[rank] % vocabulary), best[rank]);
            if (!Rules.End.Contains(next.Token))
            {
                open.Add(next);
            }
            else if (rank < beams)
            {
                Keep(next, GenerationStop.EndToken);
            }
        }

        List<GeneratedTokens> finished = _finished[text];
        if (finished.Count == beams && (Options.EarlyStopping || finished[^1].Score >= Score(best[0], Steps + 1)))
        {
            return [];
        }

        if (LastStop(first) is not { } stop)
        {
            return open;
        }

        open.ForEach(last => Keep(last, stop));
        return [];
    }

    private void Keep(Continuation last, GenerationStop stop)
    {
        int[] tokens = Written(last.Row, last.Token);
        GeneratedTokens hypothesis = new(tokens, last.Sum, Score(last.Sum, tokens.Length), stop);
        List<GeneratedTokens> finished = _finished[last.Text];
        int place = finished.FindIndex(other => other.Score < hypothesis.Score);
        finished.Insert(place < 0 ? finished.Count : place, hypothesis);
        if (finished.Count > Options.Beams)
        {
            finished.RemoveAt(Options.Beams);
        }
    }

    private double Score(double sum, int length) => sum / Math.Pow(length, Options.LengthPenalty);
}
