using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

/// <summary>Writes token after token, the likeliest or one that is drawn, for several texts at once.</summary>
internal sealed class TokenDecoding : IDisposable
{
    private readonly DecodingRows _rows;
    private readonly LogitRules _logits;
    private readonly DecodingRules _rules;
    private readonly GenerationOptions _options;
    private readonly Func<int, int, bool>? _isStop;
    private readonly int? _positions;
    private readonly IReadOnlyList<int> _places;
    private readonly List<int> _open;
    private readonly List<double> _sums;
    private readonly GeneratedTokens?[] _results;
    private int _steps;

    /// <summary>Takes the inputs in.</summary>
    /// <param name="network">Who writes.</param>
    /// <param name="inputs">The tokens of prompts, or of texts to be read.</param>
    /// <param name="rules">The tokens with a meaning.</param>
    /// <param name="options">Checked already.</param>
    /// <param name="device">Where the network lives.</param>
    /// <param name="isStop">Told the number of a text and its new token; true ends the text.</param>
    /// <param name="places">The numbers that the draws of each text depend on; null for 0, 1, 2, …</param>
    public TokenDecoding(
        IDecodingNetwork network,
        IReadOnlyList<IReadOnlyList<int>> inputs,
        DecodingRules rules,
        GenerationOptions options,
        torch.Device device,
        Func<int, int, bool>? isStop = null,
        IReadOnlyList<int>? places = null)
    {
        using IDisposable guard = no_grad();
        (_rules, _options, _isStop, _positions) = (rules, options, isStop, network.MaximumLength);
        _places = places ?? [.. Enumerable.Range(0, inputs.Count)];
        _logits = new LogitRules(options, rules);
        _rows = new DecodingRows(network, inputs, rules, options.UseCache, device);
        _open = [.. Enumerable.Range(0, inputs.Count)];
        _sums = [.. inputs.Select(_ => 0.0)];
        _results = new GeneratedTokens?[inputs.Count];
    }

    /// <summary>What was written for each text; null while it is not done.</summary>
    public IReadOnlyList<GeneratedTokens?> Results => _results;

    /// <summary>Writes one token of every text that is not done.</summary>
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
        int vocabulary = (int)logits.size(1);
        List<int> kept = [], next = [];
        for (int i = 0; i < _open.Count; i++)
        {
            Span<float> row = DecodingRows.Floats(logits).Slice(i * vocabulary, vocabulary);
            SeededRandom random = new(_options.Seed, _places[_open[i]], _steps);
            int token = _options.Sample ? TokenChoice.Drawn(row, _options, ref random) : TokenChoice.Likeliest(row);
            _sums[i] += TokenChoice.LogProbability(row, token);
            GenerationStop? stop = _rules.End.Contains(token) ? GenerationStop.EndToken
                : _isStop?.Invoke(_open[i], token) == true ? GenerationStop.StopWord
                : _steps + 1 >= _options.MaxNewTokens ? GenerationStop.MaxNewTokens
                : isFull ? GenerationStop.NoPositionLeft
                : null;
            if (stop is { } reason)
            {
                int[] tokens = [.. _rows.Tokens[i].Skip(_rows.Beginning[i]), token];
                _results[_open[i]] = new GeneratedTokens(tokens, _sums[i], _sums[i] / tokens.Length, reason);
            }
            else
            {
                kept.Add(i);
                next.Add(token);
            }
        }

        _steps++;
        if (kept.Count > 0)
        {
            _rows.Continue(kept, next, withinSource: kept.Count == _open.Count);
        }

        (int[] open, double[] sums) = ([.. kept.Select(i => _open[i])], [.. kept.Select(i => _sums[i])]);
        _open.Clear();
        _open.AddRange(open);
        _sums.Clear();
        _sums.AddRange(sums);
        return _open.Count > 0;
    }

    public void Dispose() => _rows.Dispose();
}
