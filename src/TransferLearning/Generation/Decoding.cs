namespace TransferLearning;

/// <summary>Writes token after token for several texts at once. How tokens are chosen is the subclass's.</summary>
internal abstract class Decoding : IDisposable
{
    private readonly LogitsProcessor _processor;
    private readonly int? _positions;

    /// <summary>Takes the inputs in.</summary>
    /// <param name="network">Who writes.</param>
    /// <param name="rows">The beginnings, and what is read; disposed with this object.</param>
    /// <param name="rules">The tokens with a meaning.</param>
    /// <param name="options">Checked already.</param>
    protected Decoding(IDecodingNetwork network, DecodingRows rows, DecodingRules rules, GenerationOptions options)
    {
        (Rules, Options, Rows, _positions) = (rules, options, rows, network.MaximumLength);
        _processor = new LogitsProcessor(options, rules);
        Open = [.. rows.Tokens.Select((_, i) => new Continuation(i, i, 0, 0))];
    }

    /// <summary>How many tokens were written after every text that is not done.</summary>
    protected int Steps { get; private set; }

    /// <summary>What came last in each row.</summary>
    protected IReadOnlyList<Continuation> Open { get; private set; }

    protected DecodingRows Rows { get; }
    protected DecodingRules Rules { get; }
    protected GenerationOptions Options { get; }

    /// <summary>Writes one token of every text that is not done.</summary>
    /// <returns>Whether any text is left.</returns>
    public bool Step()
    {
        if (Open.Count == 0)
        {
            return false;
        }

        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = Rows.NextLogits(_processor, row => LastStop(row) is not null);
        List<Continuation> next = Choose(logits);
        Steps++;
        if (next.Count > 0)
        {
            bool withinSource = next.Select(row => row.Text).SequenceEqual(Open.Select(row => row.Text));
            Rows.Continue([.. next.Select(row => row.Row)], [.. next.Select(row => row.Token)], withinSource);
        }

        Open = next;
        return next.Count > 0;
    }

    public void Dispose() => Rows.Dispose();

    /// <summary>Chooses the next tokens, and keeps the texts that are done with them.</summary>
    /// <param name="logits">[rows, vocabulary], float32 on the CPU.</param>
    /// <returns>The rows that are left, those of one text together.</returns>
    protected abstract List<Continuation> Choose(Tensor logits);

    /// <summary>
    /// Why a row ends with the next token whatever that is; null if it need not. Other rows, and their padding, do not matter.
    /// </summary>
    protected GenerationStop? LastStop(int row)
        => Steps + 1 >= Options.MostNewTokens(Rows.Beginning[row]) ? GenerationStop.MaxNewTokens
            : _positions is { } most && Rows.Tokens[row].Count >= most ? GenerationStop.NoPositionLeft
            : null;

    /// <summary>What was written in a row, with the next token.</summary>
    protected int[] Written(int row, int token) => [.. Rows.Tokens[row].Skip(Rows.Beginning[row]), token];
}
