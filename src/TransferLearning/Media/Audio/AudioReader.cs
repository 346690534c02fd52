using System.Numerics;
using System.Runtime.InteropServices;

namespace TransferLearning;

/// <summary>
/// A sound file that is decoded as it is read, in constant memory: what it says of itself, its samples from any place, and parts of it as
/// <see cref="Waveform"/>s. <see cref="AudioFile.Open(string, AudioReadOptions)"/> makes one. Not for several threads at once.
/// </summary>
public abstract class AudioReader : IDisposable
{
    private const int LowestRate = 1;
    private const int HighestRate = 768_000;
    private const int MostChannels = 64;
    private const int Block = 1 << 14; // frames decoded at once

    // The longest block of the densest format here (65,535 frames of FLAC) needs some 14 bytes. What gives more is a decoder that does not
    // end.
    private const long FramesPerByte = 6000;

    private readonly long _bytes;
    private long _decoded;
    private float[] _interleaved = [];

    private protected AudioReader(string name, string format, long bytes, AudioReadOptions options)
        => (Name, Format, _bytes, Options) = (name, format, bytes, options);

    /// <summary>What the sound is called: its path, usually.</summary>
    public string Name { get; }

    /// <summary>The format that the first bytes show: "WAV", "FLAC", "Ogg Vorbis", "Opus" or "MP3".</summary>
    public string Format { get; }

    /// <summary>Frames a second, in Hz.</summary>
    public int SampleRate { get; private set; }

    /// <summary>Samples in a frame.</summary>
    public int Channels { get; private set; }

    /// <summary>The number of frames, if the file says it.</summary>
    public long? Length { get; private protected set; }

    /// <summary>How long it lasts, if the file says it.</summary>
    public TimeSpan? Duration => Length is { } frames ? TimeSpan.FromSeconds((double)frames / SampleRate) : null;

    /// <summary>The number of the frame that is read next.</summary>
    public long Position { get; private set; }

    /// <summary>What is accepted.</summary>
    private protected AudioReadOptions Options { get; }

    /// <summary>Reads the next frames, their samples from -1 to 1 for full volume, the channels of a frame beside each other.</summary>
    /// <param name="interleaved">Takes as many whole frames as it has room for.</param>
    /// <returns>The number of frames: fewer than there is room for only at the end, and then 0.</returns>
    /// <exception cref="MediaException">The file is damaged or truncated, or holds NaN or infinity.</exception>
    public int Read(Span<float> interleaved)
    {
        int wanted = interleaved.Length / Channels;
        int read = 0;
        while (read < wanted && DecodeSafely(interleaved[(read * Channels)..(wanted * Channels)]) is > 0 and int count)
        {
            CheckFinite(interleaved.Slice(read * Channels, count * Channels));
            (read, Position, _decoded) = (read + count, Position + count, _decoded + count);
            if (_decoded / FramesPerByte > _bytes + 100)
            {
                throw Damaged($"its {_bytes} bytes give more than {_decoded} frames");
            }
        }

        return read;
    }

    /// <summary>Reads the next samples of all channels mixed to one: their mean.</summary>
    /// <param name="samples">Takes the samples.</param>
    /// <returns>The number of samples: fewer than there is room for only at the end, and then 0.</returns>
    /// <exception cref="MediaException">As for <see cref="Read"/>.</exception>
    public int ReadMono(Span<float> samples)
    {
        if (Channels == 1)
        {
            return Read(samples);
        }

        int read = 0;
        while (read < samples.Length)
        {
            int wanted = Math.Min(Block, samples.Length - read);
            _interleaved = _interleaved.Length >= wanted * Channels ? _interleaved : new float[wanted * Channels];
            int count = Read(_interleaved.AsSpan(0, wanted * Channels));
            for (int frame = 0; frame < count; frame++)
            {
                float sum = 0;
                foreach (float sample in _interleaved.AsSpan(frame * Channels, Channels))
                {
                    sum += sample;
                }

                samples[read + frame] = sum / Channels;
            }

            read += count;
            if (count < wanted)
            {
                break;
            }
        }

        return read;
    }

    /// <summary>Moves to a frame, without decoding what lies before it where the format allows that.</summary>
    /// <param name="frame">The number of the frame that is read next; behind the end nothing is read.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="MediaException">The file is damaged.</exception>
    public void Seek(long frame)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frame);
        if (frame != Position)
        {
            Guarded(() => SeekTo(frame));
            (Position, _decoded) = (frame, 0);
        }
    }

    /// <summary>
    /// Reads the rest in parts of one length, the last one shorter, mixed to one channel: together they are the samples that reading it at
    /// once gives, whatever the length of the parts, also where the rate is changed. Memory does not grow with the length of the sound.
    /// </summary>
    /// <param name="length">How long a part is.</param>
    /// <param name="sampleRate">The rate wanted, in Hz; null means the file's own.</param>
    /// <returns>The parts, decoded as they are asked for.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The length or the rate is not positive.</exception>
    /// <exception cref="MediaException">As for <see cref="Read"/>.</exception>
    public IEnumerable<Waveform> ReadParts(TimeSpan length, int? sampleRate = null)
    {
        int rate = sampleRate ?? SampleRate;
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rate, nameof(sampleRate));
        double samples = Math.Round(length.TotalSeconds * rate);
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 1, nameof(length));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(samples, Options.MaximumSamples, nameof(length));
        return Parts((int)samples, rate);
    }

    /// <summary>Closes the file, if this object opened it.</summary>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Reads so many frames, or to the end, as one channel at the rate wanted.</summary>
    internal Waveform ReadWaveform(long frames, int rate)
    {
        List<ReadOnlyMemory<float>> parts = [];
        StreamingResampler? stream = rate == SampleRate ? null : new Resampling(SampleRate, rate).Start();
        long total = 0;
        long left = frames;
        for (bool isAtEnd = false; !isAtEnd;)
        {
            float[] block = new float[(int)Math.Min(left, total == 0 && Length is null ? Block : 1 << 18)];
            int count = ReadMono(block);
            left -= count;
            isAtEnd = count < block.Length || left == 0;
            ReadOnlyMemory<float> part = block.AsMemory(0, count);
            Add(stream is null ? part : stream.Write(part.Span));
            if (isAtEnd && stream is not null)
            {
                Add(stream.Finish());
            }
        }

        if (parts.Count == 1)
        {
            return new Waveform(parts[0], rate);
        }

        float[] all = new float[total];
        int at = 0;
        foreach (ReadOnlyMemory<float> part in parts)
        {
            part.CopyTo(all.AsMemory(at));
            at += part.Length;
        }

        return new Waveform(all, rate);

        void Add(ReadOnlyMemory<float> part)
        {
            total += part.Length;
            if (total > Options.MaximumSamples)
            {
                throw new MediaException(
                    Name,
                    $"'{Name}' has more than {Options.MaximumSamples} samples. Read it in parts with {nameof(AudioFile)}."
                        + $"{nameof(AudioFile.Open)}, or raise {nameof(AudioReadOptions)}.{nameof(AudioReadOptions.MaximumSamples)}.");
            }

            parts.Add(part);
        }
    }

    /// <summary>Decodes the next frames.</summary>
    /// <param name="interleaved">Whole frames.</param>
    /// <returns>How many were decoded: at least one, but 0 at the end.</returns>
    private protected abstract int Decode(Span<float> interleaved);

    /// <summary>Moves to a frame; behind the end nothing is decoded any more.</summary>
    private protected abstract void SeekTo(long frame);

    /// <summary>Closes what was opened.</summary>
    private protected abstract void Dispose(bool disposing);

    /// <summary>Takes what the header says, or refuses it.</summary>
    private protected void SetForm(long sampleRate, long channels)
    {
        SampleRate = sampleRate is >= LowestRate and <= HighestRate
            ? (int)sampleRate
            : throw Damaged($"its header claims a rate of {sampleRate} Hz; expected {LowestRate} to {HighestRate}");
        Channels = channels is >= 1 and <= MostChannels
            ? (int)channels
            : throw Damaged($"its header claims {channels} channels; expected 1 to {MostChannels}");
    }

    /// <summary>The error of a damaged file.</summary>
    private protected MediaException Damaged(string problem, Exception? inner = null)
        => new(Name, $"'{Name}' is a damaged {Format} file: {problem.TrimEnd('.')}. Copy the file again.", inner);

    /// <summary>Throws the error of a file that was cut, unless that is accepted.</summary>
    private protected void Truncated(string problem)
    {
        if (!Options.AcceptTruncated)
        {
            throw new MediaException(
                Name,
                $"'{Name}' ends before its sound does: {problem}. Copy the file again, or set {nameof(AudioReadOptions)}."
                    + $"{nameof(AudioReadOptions.AcceptTruncated)} to use what is there.");
        }
    }

    /// <summary>Decodes frames that nobody wants, for formats in which a place cannot be reached otherwise.</summary>
    private protected void Discard(long frames)
    {
        float[] unwanted = new float[Block * Channels];
        while (frames > 0 && Decode(unwanted.AsSpan(0, (int)Math.Min(frames, Block) * Channels)) is > 0 and int count)
        {
            frames -= count;
        }
    }

    /// <summary>Runs code of a decoder, whose errors become those of the file.</summary>
    private protected void Guarded(Action action)
    {
        try
        {
            action();
        }
        catch (Exception exception) when (exception is not (MediaException or OutOfMemoryException))
        {
            throw Damaged(exception.Message, exception);
        }
    }

    private int DecodeSafely(Span<float> interleaved)
    {
        try
        {
            return Decode(interleaved);
        }
        catch (Exception exception) when (exception is not (MediaException or OutOfMemoryException))
        {
            throw Damaged(exception.Message, exception);
        }
    }

    private IEnumerable<Waveform> Parts(int samples, int rate)
    {
        StreamingResampler? stream = rate == SampleRate ? null : new Resampling(SampleRate, rate).Start();
        float[] block = new float[Block];
        List<float> ready = [];
        for (bool isAtEnd = false; !isAtEnd;)
        {
            int count = ReadMono(block);
            isAtEnd = count < block.Length;
            ready.AddRange(stream is null ? block.AsSpan(0, count) : stream.Write(block.AsSpan(0, count)).Span);
            if (isAtEnd && stream is not null)
            {
                ready.AddRange(stream.Finish().Span);
            }

            int given = 0;
            for (; ready.Count - given >= samples || (isAtEnd && given < ready.Count); given += samples)
            {
                yield return new Waveform(ready[given..Math.Min(ready.Count, given + samples)].ToArray(), rate);
            }

            ready.RemoveRange(0, Math.Min(given, ready.Count));
        }
    }

    private void CheckFinite(ReadOnlySpan<float> samples)
    {
        // Infinity times zero is NaN, and a sum that has met NaN stays so.
        Vector<float> sum = Vector<float>.Zero;
        ReadOnlySpan<Vector<float>> vectors = MemoryMarshal.Cast<float, Vector<float>>(samples);
        foreach (Vector<float> vector in vectors)
        {
            sum += vector * Vector<float>.Zero;
        }

        float rest = Vector.Sum(sum);
        foreach (float sample in samples[(vectors.Length * Vector<float>.Count)..])
        {
            rest += sample * 0;
        }

        if (rest != 0)
        {
            throw Damaged($"it holds NaN or infinity between frames {Position} and {Position + (samples.Length / Channels)}");
        }
    }
}
