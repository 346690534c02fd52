using System.Runtime.CompilerServices;

namespace TransferLearning;

/// <summary>Writes texts with a network and its tokenizer.</summary>
internal sealed class TextGenerator
{
    private readonly IDecodingNetwork _network;
    private readonly TextTokenizer _tokenizer;
    private readonly DecodingRules _rules;
    private readonly GenerationOptions _options;
    private readonly torch.Device _device;

    /// <summary>Makes one.</summary>
    /// <param name="network">In evaluation mode.</param>
    /// <param name="tokenizer">Whose tokens it knows.</param>
    /// <param name="options">Checked here.</param>
    /// <param name="device">Where the network lives.</param>
    /// <exception cref="NotSupportedException">The network does not write.</exception>
    public TextGenerator(TextNetwork network, TextTokenizer tokenizer, GenerationOptions options, torch.Device device)
    {
        options.Validate();
        (_tokenizer, _options, _device) = (tokenizer, options, device);
        _network = network is IDecodingNetwork decoding && network.HeadKind == HeadKind.Vocabulary
            ? decoding
            : throw new NotSupportedException(
                $"{network.GetName()} has a head of the kind {network.HeadKind} and does not write. Load it with its head over the "
                    + "vocabulary.");
        DecodingRules rules = DecodingRules.FromConfig(network.Config);
        _rules = rules with
        {
            TokenCount = tokenizer.VocabularySize,
            BadWords =
            [
                .. rules.BadWords,
                .. options.BadWords.SelectMany(word => new[] { word, " " + word }).Select(Pieces).Where(pieces => pieces.Length > 0),
            ],
        };
    }

    /// <summary>Writes one text for each that is given, in their order.</summary>
    /// <param name="texts">The prompts, or what is read.</param>
    /// <param name="narrow">Copies of the network's weights of fewer bits; null for none.</param>
    /// <param name="cancellationToken">Ends the work before the next token.</param>
    public IReadOnlyList<GeneratedText> Run(IReadOnlyList<string> texts, NarrowWeights? narrow, CancellationToken cancellationToken)
    {
        (int[] Tokens, int Truncated)[] inputs = [.. texts.Select(Input)];

        // Texts of a like length go together, so that little is padding.
        int[] order = [.. Enumerable.Range(0, inputs.Length).OrderByDescending(i => inputs[i].Tokens.Length)];
        GeneratedText[] results = new GeneratedText[texts.Count];
        foreach (int[] batch in order.Chunk(_options.BatchSize))
        {
            IReadOnlyList<IReadOnlyList<int>> tokens = [.. batch.Select(i => inputs[i].Tokens)];
            IReadOnlyList<GeneratedText> written = _options.Beams > 1
                ? Search(tokens, narrow, cancellationToken)
                : Write(tokens, batch, narrow, cancellationToken);
            for (int i = 0; i < batch.Length; i++)
            {
                results[batch[i]] = written[i] with { TruncatedTokens = inputs[batch[i]].Truncated };
            }
        }

        return results;
    }

    /// <summary>
    /// Writes one text in parts, each as soon as it is certain. The caller disposes the enumerator, which frees the memory.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="narrow">As above.</param>
    public IEnumerable<string> Stream(string text, NarrowWeights? narrow)
    {
        if (_options.Beams > 1)
        {
            throw new ArgumentException(
                "Beam search does not know how a text begins before it has ended, so it cannot be streamed: leave Beams at 1.");
        }

        return Parts(text, narrow);
    }

    private IEnumerable<string> Parts(string text, NarrowWeights? narrow)
    {
        StreamedText written = new(_tokenizer, _options.StopWords);
        using TokenDecoding decoding = new(
            _network, [Input(text).Tokens], _rules, _options, _device, (_, token) => written.Append(token), narrow: narrow);
        while (decoding.Step())
        {
            // Also an empty part: whoever reads may cancel between tokens.
            yield return written.Certain(isEnd: false);
        }

        written.Finish();
        yield return written.Certain(isEnd: true);
    }

    private IReadOnlyList<GeneratedText> Write(
        IReadOnlyList<IReadOnlyList<int>> tokens, int[] places, NarrowWeights? narrow, CancellationToken cancellationToken)
    {
        StreamedText[] texts = [.. tokens.Select(_ => new StreamedText(_tokenizer, _options.StopWords))];
        using TokenDecoding decoding = new(
            _network, tokens, _rules, _options, _device, (row, token) => texts[row].Append(token), places, narrow);
        while (decoding.Step())
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        return [.. decoding.Results.Select((result, i) => Finished(texts[i], result!))];
    }

    private IReadOnlyList<GeneratedText> Search(
        IReadOnlyList<IReadOnlyList<int>> tokens, NarrowWeights? narrow, CancellationToken cancellationToken)
    {
        using BeamDecoding decoding = new(_network, tokens, _rules, _options, _device, narrow);
        while (decoding.Step())
        {
            cancellationToken.ThrowIfCancellationRequested();
        }

        return [.. decoding.Results.Select(found =>
        {
            GeneratedTokens best = found.Count > 0 ? found[0] : new GeneratedTokens([], 0, 0, GenerationStop.EndToken);
            StreamedText text = new(_tokenizer, _options.StopWords);
            _ = best.Tokens.TakeWhile(token => !text.Append(token)).Count();
            return Finished(text, best);
        })];
    }

    private static GeneratedText Finished(StreamedText text, GeneratedTokens tokens)
    {
        text.Finish();
        return new GeneratedText(text.Text, tokens.Tokens, tokens.LogProbability, text.IsStopped ? GenerationStop.StopWord : tokens.Stop);
    }

    private (int[] Tokens, int Truncated) Input(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (_network.HasEncoder)
        {
            TextEncodingOptions whole = _network.MaximumLength is { } most
                ? new() { MaximumLength = most }
                : new() { Truncation = TextTruncation.None };
            EncodedText encoded = _tokenizer.Encode(text, null, whole);
            return (encoded.Ids.Length > 0 ? encoded.Ids : [_rules.Padding], encoded.TruncatedTokens);
        }

        int[] tokens = _tokenizer.Encode(
            text, null, new TextEncodingOptions { Truncation = TextTruncation.None, AddSpecialTokens = false }).Ids;
        if (_network.MaximumLength is { } positions && tokens.Length >= positions)
        {
            throw new ArgumentException(
                $"The prompt has {tokens.Length} tokens, and the network has {positions} positions for prompt and answer together: "
                    + "shorten the prompt.");
        }

        if (_options.MaxLength is { } longest && tokens.Length >= longest)
        {
            throw new ArgumentException(
                $"The prompt has {tokens.Length} tokens, and prompt and answer together may have {longest} (MaxLength, max_length): "
                    + "shorten the prompt, or set MaxNewTokens alone.");
        }

        return (tokens.Length > 0 ? tokens : [_rules.Start], 0);
    }

    private int[] Pieces(string text)
        => _tokenizer.Encode(
            text,
            null,
            new TextEncodingOptions { Truncation = TextTruncation.None, AddSpecialTokens = false, ReadSpecialTokens = false }).Ids;
}
