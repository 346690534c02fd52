using System.IO.Compression;

namespace TransferLearning;

/// <summary>
/// Writes long sounds down as Whisper's authors do (Radford et al., 2022, section 4.5): window after window, each beginning where the last
/// whole piece of the one before ended, tried again at higher temperatures where the text is improbable or repeats itself.
/// </summary>
internal sealed class WhisperTranscriber : Transcriber
{
    private const int SamplesOfTime = 320; // 0.02 s of 16 kHz
    private const double ResetTemperature = 0.5; // a text sampled at more than this is not kept in mind
    private const double LatestFirstTime = 1; // seconds

    private readonly SpeechNetwork _network;
    private readonly IDecodingNetwork _decoder;
    private readonly AudioPreprocessor _preprocessor;
    private readonly TextTokenizer _tokenizer;
    private readonly WhisperTokens _tokens;
    private readonly TranscribeOptions _options;
    private readonly Device _device;
    private readonly DecodingRules _rules;
    private readonly int _window;
    private string? _language;

    /// <summary>Makes one.</summary>
    /// <param name="network">In evaluation mode.</param>
    /// <param name="preprocessor">Makes its inputs; its target tokenizer makes texts of tokens.</param>
    /// <param name="options">Checked already.</param>
    /// <param name="device">Where the network is.</param>
    /// <exception cref="ArgumentException">The network does not know the language, or does not translate.</exception>
    public WhisperTranscriber(SpeechNetwork network, AudioPreprocessor preprocessor, TranscribeOptions options, Device device)
    {
        (_network, _decoder, _preprocessor, _options, _device) = (network, (IDecodingNetwork)network, preprocessor, options, device);
        _tokenizer = preprocessor.TargetTokenizer!;
        _tokens = new WhisperTokens(_tokenizer);
        _ = _tokens.Prompt(options.Language, options.Translate, options.Timestamps); // refuses what the network does not know
        _language = options.Language ?? (_tokens.Languages.Count == 0 ? "en" : null);
        _window = network.FrameCount!.Value * (SamplesOfTime / 2);
        DecodingRules rules = DecodingRules.FromConfig(network.Config);
        _rules = rules with
        {
            End = [_tokens.End],
            ForcedFirst = null,
            ForcedAt = new Dictionary<int, int>(),
            Suppressed = [.. rules.Suppressed.Union(_tokens.Commands)],
            SuppressedFirst = rules.SuppressedFirst.Count > 0 ? rules.SuppressedFirst : [_tokens.End],
            Timestamps = options.Timestamps && _tokens.FirstTime is { } first
                ? new TimestampRules(first, _tokens.End, _tokens.NoTimestamps, (int)(LatestFirstTime * network.SampleRate / SamplesOfTime))
                : null,
        };
    }

    /// <inheritdoc/>
    public override string? Language => _language;

    /// <inheritdoc/>
    public override IEnumerable<TranscriptionSegment> Run(
        SoundWindows sound, NarrowWeights? narrow, CancellationToken cancellationToken)
    {
        List<int> before = _options.Prompt is { } prompt ? [.. Pieces(" " + prompt.Trim())] : [];
        int forgotten = 0;
        while (sound.Peek(_window) is { Length: > 0 } samples)
        {
            cancellationToken.ThrowIfCancellationRequested();
            double start = sound.Position / (double)_network.SampleRate;
            Written written = Write(samples, before.Skip(forgotten), sound.Position, narrow, cancellationToken);
            if (IsSilent(written))
            {
                sound.Skip(samples.Length);
                continue;
            }

            (IReadOnlyList<(double Start, double End, int[] Tokens)> pieces, int used) = Cut(written.Tokens, samples.Length);
            foreach ((double from, double to, int[] tokens) in pieces)
            {
                string text = Text(tokens);
                if (text.Trim().Length > 0 && from < to)
                {
                    before.AddRange(tokens);
                    yield return new TranscriptionSegment(TimeSpan.FromSeconds(start + from), TimeSpan.FromSeconds(start + to), text.Trim())
                    {
                        LogProbability = written.LogProbability,
                        NoSpeechProbability = written.NoSpeech,
                        Temperature = written.Temperature,
                    };
                }
            }

            forgotten = _options.ConditionOnPreviousText && written.Temperature <= ResetTemperature ? forgotten : before.Count;
            sound.Skip(used);
        }
    }

    /// <summary>The pieces of what was written of a window, and how many of its samples they cover.</summary>
    internal (IReadOnlyList<(double Start, double End, int[] Tokens)> Pieces, int Used) Cut(IReadOnlyList<int> tokens, int samples)
    {
        if (_rules.Timestamps is not { First: int first })
        {
            return ([(0, Seconds(samples), [.. tokens])], samples);
        }

        bool IsTime(int place) => place >= 0 && tokens[place] >= first;
        List<int> ends = [.. Enumerable.Range(1, Math.Max(0, tokens.Count - 1)).Where(i => IsTime(i) && IsTime(i - 1))];
        bool endsWithOne = IsTime(tokens.Count - 1) && !IsTime(tokens.Count - 2);
        if (ends.Count == 0)
        {
            int last = tokens.LastOrDefault(token => token >= first, first);
            return ([(0, last > first ? Time(last) : Seconds(samples), [.. tokens])], samples);
        }

        if (endsWithOne)
        {
            ends.Add(tokens.Count);
        }

        List<(double, double, int[])> pieces = [];
        int from = 0;
        foreach (int end in ends)
        {
            int[] piece = [.. tokens.Skip(from).Take(end - from)];
            pieces.Add((Time(piece[0]), Time(piece[^1]), piece));
            from = end;
        }

        // What comes behind the last pair is not whole: the next window begins there.
        int used = endsWithOne ? samples : (tokens[from - 1] - first) * SamplesOfTime;
        return (pieces, used > 0 && used < samples ? used : samples);

        double Time(int token) => Math.Max(0, token - first) * Seconds(SamplesOfTime);
    }

    private double Seconds(int samples) => samples / (double)_network.SampleRate;

    private bool IsSilent(Written written)
        => written.NoSpeech > _options.NoSpeechThreshold && !(written.LogProbability > _options.LogProbabilityThreshold);

    private bool IsGood(Written written)
        => (written.NoSpeech > _options.NoSpeechThreshold && written.LogProbability < _options.LogProbabilityThreshold)
            || (!(written.LogProbability < _options.LogProbabilityThreshold)
                && !(CompressionRatio(Text(written.Tokens)) > _options.CompressionRatioThreshold));

    private Written Write(
        ReadOnlyMemory<float> samples, IEnumerable<int> before, long position, NarrowWeights? narrow, CancellationToken cancellationToken)
    {
        using IDisposable guard = inference_mode();
        using DisposeScope scope = NewDisposeScope();
        using ModelInput heard = _preprocessor.Collate([_preprocessor.Hear(samples)]);
        using ModelInput input = heard.To(_device);
        using DecoderCache source = _decoder.Begin(input);
        int[] previous = [.. before];
        int most = _decoder.MaximumLength is { } positions ? (positions / 2) - 1 : previous.Length;
        List<int> beginning = previous.Length > 0 && _tokens.Previous is { } mark
            ? [mark, .. previous.TakeLast(Math.Max(0, most)), _tokens.Start]
            : [_tokens.Start];
        double? noSpeech = Listen(source, beginning);
        beginning.AddRange(_tokens.Prompt(_language, _options.Translate, _rules.Timestamps is not null));
        Written? written = null;
        for (int attempt = 0; attempt < _options.Temperatures.Count; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            written = Attempt(source, beginning, _options.Temperatures[attempt], position + attempt, narrow) with { NoSpeech = noSpeech };
            if (IsGood(written))
            {
                break;
            }
        }

        return written!;
    }

    /// <summary>Finds the language where it is not known, and how likely it is that nothing is said.</summary>
    private double? Listen(DecoderCache source, IReadOnlyList<int> beginning)
    {
        using DisposeScope scope = NewDisposeScope();
        using DecoderCache cache = source.Again(1);
        Tensor logits = _decoder.NextLogits(Row(beginning, 1), cache).to(ScalarType.Float32).cpu().contiguous();
        ReadOnlySpan<float> numbers = DecodingRows.Floats(logits);
        if (_language is null)
        {
            float best = float.NegativeInfinity;
            foreach ((string language, int token) in _tokens.Languages)
            {
                (best, _language) = numbers[token] > best ? (numbers[token], language) : (best, _language);
            }
        }

        return _tokens.NoSpeech is { } none ? Math.Exp(TokenSampler.LogProbability(numbers, none)) : null;
    }

    private Written Attempt(
        DecoderCache source, IReadOnlyList<int> beginning, double temperature, long place, NarrowWeights? narrow)
    {
        int rows = temperature > 0 ? _options.BestOf : 1;
        GenerationOptions options = new()
        {
            MaxNewTokens = _decoder.MaximumLength is { } positions ? Math.Max(1, positions / 2) : 224,
            Beams = temperature > 0 ? 1 : _options.Beams,
            Sample = temperature > 0,
            Temperature = temperature > 0 ? temperature : 1,
            Seed = _options.Seed + place,
        };
        options.Validate();
        DecodingRows start = new(
            _decoder, source.Again(rows), [.. Enumerable.Repeat(beginning, rows)], Row(beginning, rows), useCache: true, _device.ToTorch(),
            narrow);
        GeneratedTokens best;
        if (options.Beams > 1)
        {
            using BeamDecoding search = new(_decoder, start, _rules, options);
            Run(search);
            best = search.Results[0].Count > 0 ? search.Results[0][0] : new GeneratedTokens([], 0, 0, GenerationStop.EndToken);
        }
        else
        {
            using TokenDecoding decoding = new(_decoder, start, _rules, options);
            Run(decoding);
            best = decoding.Results.MaxBy(result => result!.LogProbability / Math.Max(1, result.Tokens.Count))!;
        }

        int[] tokens = [.. best.Tokens.TakeWhile(token => token != _tokens.End)];
        return new Written(tokens, best.LogProbability / (tokens.Length + 1), temperature);

        static void Run(Decoding decoding)
        {
            while (decoding.Step())
            {
                // Token after token.
            }
        }
    }

    private Tensor Row(IReadOnlyList<int> tokens, int rows)
    {
        long[] row = [.. tokens.Select(token => (long)token)];
        return tensor([.. Enumerable.Repeat(row, rows).SelectMany(numbers => numbers)], [rows, row.Length], device: _device.ToTorch());
    }

    private string Text(IEnumerable<int> tokens) => _tokenizer.Decode(tokens.Where(token => token < _tokens.End));

    private int[] Pieces(string text)
        => _tokenizer.Encode(
            text,
            null,
            new TextEncodingOptions { Truncation = TextTruncation.None, AddSpecialTokens = false, ReadSpecialTokens = false }).Ids;

    private static double CompressionRatio(string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        using MemoryStream packed = new();
        using (ZLibStream stream = new(packed, CompressionLevel.Optimal, leaveOpen: true))
        {
            stream.Write(bytes);
        }

        return bytes.Length / (double)packed.Length;
    }

    /// <summary>What was written of a window.</summary>
    /// <param name="Tokens">Its tokens, without the last one.</param>
    /// <param name="LogProbability">Their mean log-probability.</param>
    /// <param name="Temperature">The temperature.</param>
    private sealed record Written(IReadOnlyList<int> Tokens, double LogProbability, double Temperature)
    {
        public double? NoSpeech { get; init; }
    }
}
