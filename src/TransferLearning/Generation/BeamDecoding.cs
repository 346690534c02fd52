using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>
/// Beam search: every step takes the best 2 B continuations of B beginnings; an end token among the first B finishes a text, whose score is its sum of
/// log-probabilities over its length to the power of the length penalty.
/// </summary>
internal sealed class BeamDecoding : IDisposable
{
    private readonly DecodingRows _rows;
    private readonly LogitRules _logits;
    private readonly DecodingRules _rules;
    private readonly GenerationOptions _options;
    private readonly int? _positions;
    private readonly List<GeneratedTokens>[] _finished;
    private List<(int Text, double Sum)> _open;
    private int _steps;

    /// <summary>Takes the inputs in; see <see cref="TokenDecoding"/>.</summary>
    public BeamDecoding(
        IDecodingNetwork network, IReadOnlyList<IReadOnlyList<int>> inputs, DecodingRules rules, GenerationOptions options, torch.Device device)
    {
        using IDisposable guard = no_grad();
        (_rules, _options, _positions) = (rules, options, network.MaximumLength);
        _logits = new LogitRules(options, rules);
        _rows = new DecodingRows(network, inputs, rules, options.UseCache, device);
        _open = [.. inputs.Select((_, i) => (i, 0.0))];
        _finished = [.. inputs.Select(_ => new List<GeneratedTokens>())];
    }

    /// <summary>The best texts for each input, best first.</summary>
    public IReadOnlyList<IReadOnlyList<GeneratedTokens>> Results => _finished;

    /// <summary>Goes one token further with every text that is not done.</summary>
    /// <returns>Whether any text is left.</returns>
    public bool Step()
    {
        if (_open.Count == 0)
        {
            return false;
        }

        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        bool isFull = _positions is { } most && _rows.Width >= most;
        bool isLast = isFull || _steps + 1 >= _options.MaxNewTokens;
        Tensor logits = _rows.NextLogits(_logits, isLast);
        Tensor sums = tensor([.. _open.Select(row => row.Sum)], [_open.Count, 1]);
        Tensor totals = logits.to(float64).log_softmax(-1).add(sums); // [rows, vocabulary]
        long vocabulary = logits.size(1);
        _steps++;
        List<(int Text, double Sum)> open = [];
        List<int> from = [], next = [];
        for (int first = 0, count; first < _open.Count; first += count)
        {
            int text = _open[first].Text;
            count = _open.Skip(first).TakeWhile(row => row.Text == text).Count();
            Continue(text, first, totals.narrow(0, first, count), vocabulary, isLast ? (isFull ? GenerationStop.NoPositionLeft : GenerationStop.MaxNewTokens) : null, open, from, next);
        }

        bool withinSource = open.Select(row => row.Text).SequenceEqual(_open.Select(row => row.Text));
        _open = open;
        if (open.Count > 0)
        {
            _rows.Continue(from, next, withinSource);
        }

        return open.Count > 0;
    }

    public void Dispose() => _rows.Dispose();

    /// <summary>One text's step: finishes hypotheses, and adds the rows that go on.</summary>
    private void Continue(
        int text, int first, Tensor totals, long vocabulary, GenerationStop? lastStop, List<(int Text, double Sum)> open, List<int> from, List<int> next)
    {
        int beams = _options.Beams;
        (Tensor values, Tensor places) = totals.flatten().topk((int)Math.Min(2 * beams, totals.numel()), -1, true, true);
        double[] best = [.. values.data<double>()];
        long[] flat = [.. places.data<long>()];
        List<(double Sum, int Row, int Token)> going = [];
        for (int rank = 0; rank < best.Length && going.Count < beams && !double.IsNegativeInfinity(best[rank]); rank++)
        {
            (int row, int token) = (first + (int)(flat[rank] / vocabulary), (int)(flat[rank] % vocabulary));
            if (!_rules.End.Contains(token))
            {
                going.Add((best[rank], row, token));
            }
            else if (rank < beams)
            {
                Keep(text, row, token, best[rank], GenerationStop.EndToken);
            }
        }

        List<GeneratedTokens> finished = _finished[text];
        if (finished.Count == beams && (_options.EarlyStopping || finished[^1].Score >= Score(best[0], _steps)))
        {
            return;
        }

        foreach ((double sum, int row, int token) in going)
        {
            if (lastStop is { } stop)
            {
                Keep(text, row, token, sum, stop);
                continue;
            }

            open.Add((text, sum));
            from.Add(row);
            next.Add(token);
        }
    }

    private void Keep(int text, int row, int token, double sum, GenerationStop stop)
    {
        int[] tokens = [.. _rows.Tokens[row].Skip(_rows.Beginning[row]), token];
        GeneratedTokens hypothesis = new(tokens, sum, Score(sum, tokens.Length), stop);
        List<GeneratedTokens> finished = _finished[text];
        int place = finished.FindIndex(other => other.Score < hypothesis.Score);
        finished.Insert(place < 0 ? finished.Count : place, hypothesis);
        if (finished.Count > _options.Beams)
        {
            finished.RemoveAt(_options.Beams);
        }
    }

    private double Score(double sum, int length) => sum / Math.Pow(length, _options.LengthPenalty);
}
