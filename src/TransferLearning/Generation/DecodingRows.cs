namespace TransferLearning;

/// <summary>The rows of a decoding batch: what is written so far and the cache that belongs to it.</summary>
internal sealed class DecodingRows : IDisposable
{
    private readonly IDecodingNetwork _network;
    private readonly torch.Device _device;
    private readonly bool _useCache;
    private readonly DecoderCache _cache;
    private readonly PackedWeights _packed = new();
    private readonly NarrowWeights? _narrow;

    /// <summary>Takes beginnings in.</summary>
    /// <param name="network">Who writes.</param>
    /// <param name="cache">What is read, and what is decoded already; disposed with this object.</param>
    /// <param name="beginnings">The tokens that each row begins with.</param>
    /// <param name="fed">Those of them that the network has not seen, int64 [N, L]; taken over.</param>
    /// <param name="useCache">Whether earlier tokens are kept or computed again.</param>
    /// <param name="device">Where the network lives.</param>
    /// <param name="narrow">Copies of its weights of fewer bits, for where earlier tokens are kept; they stay the caller's.</param>
    public DecodingRows(
        IDecodingNetwork network,
        DecoderCache cache,
        IReadOnlyList<IReadOnlyList<int>> beginnings,
        Tensor fed,
        bool useCache,
        torch.Device device,
        NarrowWeights? narrow = null)
    {
        (_network, _cache, _useCache, _device, _narrow) = (network, cache, useCache, device, narrow);
        Tokens = [.. beginnings.Select(row => row.ToList())];
        Beginning = [.. Tokens.Select(row => row.Count)];
        Fed = fed.DetachFromDisposeScope();
    }

    /// <summary>All tokens of each row without padding.</summary>
    public List<List<int>> Tokens { get; private set; }

    /// <summary>How many of them are not new.</summary>
    public List<int> Beginning { get; private set; }

    // What the network has not seen yet; everything, where nothing is kept.
    private Tensor Fed { get; set; }

    /// <summary>Takes prompts, or texts to be read, in.</summary>
    /// <param name="network">Who writes.</param>
    /// <param name="inputs">The tokens of each, none empty.</param>
    /// <param name="rules">Padding and start.</param>
    /// <param name="useCache">Whether earlier tokens are kept or computed again.</param>
    /// <param name="device">Where the network lives.</param>
    /// <param name="narrow">As above.</param>
    public static DecodingRows OfTexts(
        IDecodingNetwork network, IReadOnlyList<IReadOnlyList<int>> inputs, DecodingRules rules, bool useCache, torch.Device device,
        NarrowWeights? narrow)
    {
        int width = inputs.Max(row => row.Count);
        long[] ids = new long[inputs.Count * width];
        long[] mask = new long[ids.Length];
        Array.Fill(ids, rules.Padding);
        for (int i = 0; i < inputs.Count; i++)
        {
            // What is continued must end where it is continued.
            int first = (i * width) + (network.HasEncoder ? 0 : width - inputs[i].Count);
            for (int j = 0; j < inputs[i].Count; j++)
            {
                (ids[first + j], mask[first + j]) = (inputs[i][j], 1);
            }
        }

        using IDisposable guard = no_grad();
        using DisposeScope scope = NewDisposeScope();
        long[] shape = [inputs.Count, width];
        Tensor prompt = tensor(ids, shape, device: device);
        using TokenInput input = new(prompt.alias(), mask.Contains(0) ? tensor(mask, shape, device: device) : null);
        Tensor fed = network.HasEncoder ? Scalars.Full([inputs.Count, 1], rules.Start, int64, device) : prompt;
        return new DecodingRows(
            network,
            network.Begin(input),
            network.HasEncoder ? [.. inputs.Select(_ => new[] { rules.Start })] : inputs,
            fed,
            useCache,
            device,
            narrow);
    }

    /// <summary>
    /// The logits of the next token of each row after the rules, float32 [rows, vocabulary] on the CPU; the caller disposes them.
    /// </summary>
    /// <param name="rules">Applied to each row.</param>
    /// <param name="isLast">Whether a row must end with the next token.</param>
    public Tensor NextLogits(LogitsProcessor rules, Func<int, bool> isLast)
    {
        using DisposeScope scope = NewDisposeScope();
        if (!_useCache)
        {
            _cache.Forget();
        }

        Tensor logits = FewRowProducts.Run(() => _network.NextLogits(Fed, _cache), _useCache, _packed, _narrow)
            .to(float32).cpu().contiguous();
        long vocabulary = logits.size(1);
        Span<float> numbers = Floats(logits);
        for (int i = 0; i < Tokens.Count; i++)
        {
            ReadOnlySpan<int> tokens = CollectionsMarshal.AsSpan(Tokens[i]);
            rules.Apply(numbers.Slice((int)(i * vocabulary), (int)vocabulary), tokens, tokens.Length - Beginning[i], isLast(i));
        }

        return logits.MoveToOuterDisposeScope();
    }

    /// <summary>Makes row i what row <paramref name="from"/>[i] was with one more token.</summary>
    /// <param name="from">Old rows; one may be taken several times or not at all.</param>
    /// <param name="next">The token that each continues with.</param>
    /// <param name="withinSource">Whether each row stays with the text it reads.</param>
    public void Continue(IReadOnlyList<int> from, IReadOnlyList<int> next, bool withinSource)
    {
        using DisposeScope scope = NewDisposeScope();
        bool isSame = from.Count == Tokens.Count && from.Select((row, i) => row == i).All(same => same);
        if (isSame)
        {
            for (int i = 0; i < next.Count; i++)
            {
                Tokens[i].Add(next[i]);
            }
        }
        else
        {
            Tokens = [.. from.Select((row, i) => (List<int>)[.. Tokens[row], next[i]])];
            Beginning = [.. from.Select(row => Beginning[row])];
            Tensor rows = tensor([.. from.Select(row => (long)row)], device: _device);
            _cache.Reorder(rows, withinSource);
            using Tensor old = Fed;
            Fed = old.index_select(0, rows).DetachFromDisposeScope();
        }

        Tensor tokens = tensor([.. next.Select(token => (long)token)], [next.Count, 1], device: _device);
        using (Tensor old = Fed)
        {
            Fed = (_useCache ? tokens : cat([old, tokens], 1)).DetachFromDisposeScope();
        }
    }

    /// <summary>The numbers of a contiguous float32 tensor on the CPU.</summary>
    public static Span<float> Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    public void Dispose()
    {
        Fed.Dispose();
        _cache.Dispose();
        _packed.Dispose();
    }
}
