namespace TransferLearning;

/// <summary>Writes long sounds down with a recogniser with CTC: windows that overlap go through the network, the outputs of their middles
/// are joined, and what lies between pauses is decoded as soon as it is whole.</summary>
internal sealed class CtcTranscriber : Transcriber
{
    private const double Pause = 0.5; // seconds between words that separate pieces
    private const double LongPause = 1.5; // the same where no end of a word was written
    private const double LongestPiece = 30;
    private const double AroundWords = 0.1;

    private readonly SpeechNetwork _network;
    private readonly AudioPreprocessor _preprocessor;
    private readonly CtcVocabulary _vocabulary;
    private readonly TranscribeOptions _options;
    private readonly Device _device;
    private readonly IReadOnlySet<string>? _words;
    private readonly int _stride;
    private readonly List<float> _open = []; // log-probabilities of the frames that are not written yet
    private readonly List<int> _best = []; // the likeliest entry of each of them
    private long _first; // the number of the first of them

    /// <summary>Makes one.</summary>
    /// <param name="network">In evaluation mode.</param>
    /// <param name="preprocessor">Makes its inputs.</param>
    /// <param name="vocabulary">What its outputs stand for.</param>
    /// <param name="options">Checked already.</param>
    /// <param name="device">Where the network is.</param>
    public CtcTranscriber(
        SpeechNetwork network, AudioPreprocessor preprocessor, CtcVocabulary vocabulary, TranscribeOptions options, Device device)
    {
        (_network, _preprocessor, _vocabulary, _options, _device) = (network, preprocessor, vocabulary, options, device);
        _words = options.Words is { } words ? words.Select(word => vocabulary.Decode(vocabulary.Encode(word))).ToHashSet() : null;
        int length = 16 * network.SampleRate;
        Func<int, int> outputs = preprocessor.OutputsOf!;
        _stride = Math.Max(1, (int)Math.Round(length / (double)Math.Max(1, outputs(2 * length) - outputs(length))));
    }

    /// <inheritdoc/>
    public override IEnumerable<TranscriptionSegment> Run(
        SoundWindows sound, NarrowWeights? narrow, CancellationToken cancellationToken)
    {
        int overlap = Aligned(_options.Overlap), window = Math.Max(Aligned(_options.Window), (2 * overlap) + _stride);
        bool isLast = false;
        while (!isLast && sound.Peek(window + 1) is { Length: > 0 } samples)
        {
            cancellationToken.ThrowIfCancellationRequested();
            isLast = samples.Length <= window;
            long start = sound.Position / _stride, from = start == 0 ? 0 : start + (overlap / _stride);
            long to = isLast ? long.MaxValue : start + ((window - overlap) / _stride);
            Append(Frames(samples[..Math.Min(window, samples.Length)]), (int)(from - start), (int)Math.Min(int.MaxValue, to - start));
            sound.Skip(window - (2 * overlap));
            while (Cut(isLast) is { } end)
            {
                if (Write(end) is { } segment)
                {
                    yield return segment;
                }
            }
        }
    }

    private int Aligned(TimeSpan length) => (int)(length.TotalSeconds * _network.SampleRate / _stride) * _stride;

    private double Seconds(long frame) => frame * (double)_stride / _network.SampleRate;

    /// <summary>The log-probabilities of a window, frame after frame.</summary>
    private float[] Frames(ReadOnlyMemory<float> samples)
    {
        using IDisposable guard = inference_mode();
        using DisposeScope scope = NewDisposeScope();
        using ModelInput input = _preprocessor.Collate([_preprocessor.Hear(samples)]);
        ForwardPass pass = new(_network, _device);
        return pass.Run(input).Outputs[0].log_softmax(-1).cpu().contiguous().data<float>().ToArray();
    }

    private void Append(float[] frames, int from, int to)
    {
        int count = frames.Length / _vocabulary.Count;
        (from, to) = (Math.Min(from, count), Math.Min(to, count));
        for (int frame = from; frame < to; frame++)
        {
            Span<float> entries = frames.AsSpan(frame * _vocabulary.Count, _vocabulary.Count);
            _open.AddRange(entries);
            _best.Add(TokenSampler.ArgMax(entries));
        }
    }

    /// <summary>Where the first piece that is whole ends; null where none is.</summary>
    private int? Cut(bool isLast)
    {
        (int Start, int Length, bool EndsWord) run = (0, 0, false), best = (0, 0, false);
        bool hasWords = false;
        int said = 0; // the first frame in which something is
        for (int frame = 0; frame < _best.Count; frame++)
        {
            int entry = _best[frame];
            if (IsSaid(entry))
            {
                (run, said, hasWords) = ((frame + 1, 0, false), hasWords ? said : frame, true);
                continue;
            }

            run = (run.Start, run.Length + 1, run.EndsWord || entry == _vocabulary.WordDelimiter);
            best = hasWords && (run.EndsWord, run.Length).CompareTo((best.EndsWord, best.Length)) > 0 ? run : best;
            if (hasWords && Seconds(run.Length) >= (run.EndsWord || _vocabulary.WordDelimiter is null ? Pause : LongPause))
            {
                return frame + 1;
            }

            if (hasWords && Seconds(frame - said) >= LongestPiece && best.Length > 0)
            {
                return best.Start + best.Length;
            }

            // Silence before words is forgotten, however long it is.
            if (!hasWords && Seconds(frame) >= LongestPiece)
            {
                return frame + 1 - (int)(AroundWords * _network.SampleRate / _stride);
            }
        }

        return isLast && _best.Count > 0 ? _best.Count : null;
    }

    private bool IsSaid(int entry) => entry != _vocabulary.Blank && entry != _vocabulary.WordDelimiter;

    /// <summary>The likeliest entries of the frames in which something is said, and of a few around them: in a long pause even small
    /// probabilities add up to words.</summary>
    private IReadOnlyList<int> Search(int first, int last, int end)
    {
        int around = (int)(AroundWords * _network.SampleRate / _stride);
        (first, end) = (Math.Max(0, first - around), Math.Min(end, last + 1 + around));
        IReadOnlyList<(IReadOnlyList<int> Entries, double Score)> found = CtcDecoding.Search(
            CollectionsMarshal.AsSpan(_open)[(first * _vocabulary.Count)..(end * _vocabulary.Count)],
            _vocabulary,
            _options.Beams,
            _words,
            _options.LanguageModel is { } model ? (model, _options.LanguageWeight, _options.WordBonus) : null);
        return found.Count > 0 ? found[0].Entries : [];
    }

    /// <summary>Writes the frames up to an end, and forgets them; null where nothing was said.</summary>
    private TranscriptionSegment? Write(int end)
    {
        int[] best = [.. _best.Take(end)];
        int first = Array.FindIndex(best, IsSaid), last = Array.FindLastIndex(best, IsSaid);
        double sum = 0;
        for (int frame = 0; frame < end; frame++)
        {
            sum += _open[(frame * _vocabulary.Count) + best[frame]];
        }

        string text = _vocabulary.Decode(
            first < 0 ? [] : _options.Beams == 1 ? CtcDecoding.Merged(best, _vocabulary.Blank) : Search(first, last, end));
        long start = _first;
        _open.RemoveRange(0, end * _vocabulary.Count);
        _best.RemoveRange(0, end);
        _first += end;
        return text.Length == 0 || first < 0
            ? null
            : new TranscriptionSegment(TimeSpan.FromSeconds(Seconds(start + first)), TimeSpan.FromSeconds(Seconds(start + last + 1)), text)
            {
                LogProbability = sum / end,
            };
    }
}
