namespace TransferLearning;

/// <summary>
/// Opens sound files: WAV, FLAC, Ogg Vorbis, Opus and MP3. The first bytes say which it is, never the name.
/// </summary>
/// <example>
/// <code>
/// Waveform speech = AudioFile.Read("interview.mp3", sampleRate: 16_000, start: TimeSpan.FromMinutes(5),
///     duration: TimeSpan.FromSeconds(30));
/// </code>
/// </example>
public static class AudioFile
{
    private const string Readable = "WAV, FLAC, Ogg Vorbis, Opus or MP3";
    private const int HeadBytes = 64;

    /// <summary>Opens a file; nothing is decoded yet.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What is accepted; null means the defaults.</param>
    /// <returns>The reader; the caller disposes it, which closes the file.</returns>
    /// <exception cref="MediaException">The file is missing, empty, no sound that can be read, or damaged.</exception>
    public static AudioReader Open(string path, AudioReadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string full = Path.GetFullPath(path);
        Stream stream;
        try
        {
            stream = new FileStream(full, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MediaException(full, $"'{full}' cannot be opened: {exception.Message} Expected a sound file.", exception);
        }

        return Open(stream, full, options);
    }

    /// <summary>Opens a file that lies in memory.</summary>
    /// <param name="bytes">The whole file; not changed while the reader is used.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="options">What is accepted; null means the defaults.</param>
    /// <returns>The reader; the caller disposes it.</returns>
    /// <exception cref="MediaException">The bytes are none, no sound that can be read, or damaged.</exception>
    public static AudioReader Open(ReadOnlyMemory<byte> bytes, string name = "sound", AudioReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Open(
            System.Runtime.InteropServices.MemoryMarshal.TryGetArray(bytes, out ArraySegment<byte> part)
                ? new MemoryStream(part.Array!, part.Offset, part.Count, writable: false)
                : new MemoryStream(bytes.ToArray(), writable: false),
            name,
            options);
    }

    /// <summary>Opens a sound that a stream holds from its beginning to its end.</summary>
    /// <param name="stream">The stream, which can be read at any place. The reader takes it over and disposes it.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="options">What is accepted; null means the defaults.</param>
    /// <returns>The reader; the caller disposes it, which disposes the stream.</returns>
    /// <exception cref="ArgumentException">The stream cannot seek.</exception>
    /// <exception cref="MediaException">The stream is empty, no sound that can be read, or damaged.</exception>
    public static AudioReader Open(Stream stream, string name = "sound", AudioReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(name);
        options ??= new AudioReadOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.MaximumSamples, nameof(options));
        if (!stream.CanSeek)
        {
            throw new ArgumentException("The stream cannot be read at any place; copy it into a MemoryStream first.", nameof(stream));
        }

        try
        {
            stream.Position = 0;
            byte[] bytes = new byte[HeadBytes];
            ReadOnlySpan<byte> head = bytes.AsSpan(0, stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
            stream.Position = 0;
            return Reader(head, stream, name, options);
        }
        catch (Exception exception) when (exception is not (MediaException or OutOfMemoryException))
        {
            stream.Dispose();
            throw new MediaException(
                name, $"'{name}' is a damaged sound file: {exception.Message.TrimEnd('.')}. Copy the file again.", exception);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>Reads a file, or a part of it, as one channel: the mean of its channels.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sampleRate">The rate wanted, in Hz, to which it is resampled; null means the file's own.</param>
    /// <param name="start">Where the part begins; null means the beginning.</param>
    /// <param name="duration">How long the part is; null means to the end. Less is read where the sound ends before.</param>
    /// <param name="options">What is accepted; null means the defaults.</param>
    /// <returns>The samples.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The start is negative, or the duration or the rate is not positive.</exception>
    /// <exception cref="MediaException">
    /// The file is missing, empty, no sound that can be read, damaged, truncated, too long to be read at once, or ends before the part.
    /// </exception>
    public static Waveform Read(
        string path, int? sampleRate = null, TimeSpan? start = null, TimeSpan? duration = null, AudioReadOptions? options = null)
    {
        using AudioReader reader = Open(path, options);
        return Read(reader, sampleRate, start, duration);
    }

    /// <summary>Reads a file that lies in memory, or a part of it, as one channel: the mean of its channels.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What to call it in errors.</param>
    /// <param name="sampleRate">The rate wanted, in Hz, to which it is resampled; null means the file's own.</param>
    /// <param name="start">Where the part begins; null means the beginning.</param>
    /// <param name="duration">How long the part is; null means to the end. Less is read where the sound ends before.</param>
    /// <param name="options">What is accepted; null means the defaults.</param>
    /// <returns>The samples.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The start is negative, or the duration or the rate is not positive.</exception>
    /// <exception cref="MediaException">
    /// The bytes are none, no sound that can be read, damaged, truncated, too long to be read at once, or end before the part.
    /// </exception>
    public static Waveform Read(
        ReadOnlyMemory<byte> bytes,
        string name = "sound",
        int? sampleRate = null,
        TimeSpan? start = null,
        TimeSpan? duration = null,
        AudioReadOptions? options = null)
    {
        using AudioReader reader = Open(bytes, name, options);
        return Read(reader, sampleRate, start, duration);
    }

    private static Waveform Read(AudioReader reader, int? sampleRate, TimeSpan? start, TimeSpan? duration)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate ?? 1, nameof(sampleRate));
        ArgumentOutOfRangeException.ThrowIfLessThan(start ?? TimeSpan.Zero, TimeSpan.Zero, nameof(start));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(duration ?? TimeSpan.MaxValue, TimeSpan.Zero, nameof(duration));
        reader.Seek(start is { } from ? (long)Math.Round(from.TotalSeconds * reader.SampleRate) : 0);
        long frames = duration is { } length ? Math.Max(1, (long)Math.Round(length.TotalSeconds * reader.SampleRate)) : long.MaxValue;
        Waveform waveform = reader.ReadWaveform(frames, sampleRate ?? reader.SampleRate);
        return waveform.Samples.Length > 0
            ? waveform
            : throw new MediaException(
                reader.Name,
                start > TimeSpan.Zero
                    ? $"'{reader.Name}' ends before {start}"
                        + $"{(reader.Duration is { } whole ? $": it lasts {whole}" : "")}. Read an earlier part."
                    : $"'{reader.Name}' is a {reader.Format} file without a single sample. Remove it, or record it again.");
    }

    private static AudioReader Reader(ReadOnlySpan<byte> head, Stream stream, string name, AudioReadOptions options)
    {
        if (head.IsEmpty)
        {
            throw new MediaException(name, $"'{name}' is empty: expected a sound file ({Readable}).");
        }

        if (WavReader.Is(head))
        {
            return new WavReader(stream, name, options);
        }

        (long start, byte[] behind) = BehindTag(head, stream);
        if (behind.AsSpan().StartsWith("fLaC"u8))
        {
            return new FlacAudioReader(stream, start, name, options);
        }

        if (start > 0 || Mp3AudioReader.Is(head))
        {
            return new Mp3AudioReader(stream, name, options);
        }

        if (head.StartsWith("OggS"u8) && OggStreamInfo.Read(stream) is { } ogg)
        {
            stream.Position = 0;
            return ogg.IsOpus ? new OpusAudioReader(stream, ogg, name, options) : new VorbisAudioReader(stream, ogg, name, options);
        }

        throw new MediaException(name, $"'{name}' is no sound that can be read: {Found(head)} What can be read is {Readable}.");
    }

    /// <summary>Where sound begins that has a tag of music players (ID3v2) before it, and its first bytes; else the file's.</summary>
    private static (long Start, byte[] Head) BehindTag(ReadOnlySpan<byte> head, Stream stream)
    {
        if (head.Length < 10 || !head.StartsWith("ID3"u8))
        {
            return (0, head.ToArray());
        }

        long start = 10 + ((head[6] & 0x7F) << 21) + ((head[7] & 0x7F) << 14) + ((head[8] & 0x7F) << 7) + (head[9] & 0x7F);
        byte[] behind = new byte[4];
        stream.Position = Math.Min(start, stream.Length);
        int read = stream.ReadAtLeast(behind, behind.Length, throwOnEndOfStream: false);
        stream.Position = 0;
        return (start, behind[..read]);
    }

    private static string Found(ReadOnlySpan<byte> head)
    {
        string? known = head switch
        {
            _ when head.Length >= 12 && head[4..].StartsWith("ftyp"u8) => "it is an MPEG-4 file (M4A, AAC, MP4)",
            _ when head.StartsWith("FORM"u8) => "it is an AIFF file",
            _ when head.StartsWith<byte>([0x30, 0x26, 0xB2, 0x75]) => "it is a Windows Media file (WMA)",
            _ when head.StartsWith<byte>([0x1A, 0x45, 0xDF, 0xA3]) => "it is a Matroska or WebM file",
            _ when head.StartsWith(".snd"u8) => "it is a Sun AU file",
            _ when head.StartsWith("RIFX"u8) => "it is a WAV file of the other byte order (RIFX)",
            _ when head.StartsWith("#!AMR"u8) => "it is an AMR file",
            _ when head.StartsWith("NIST_1A"u8) => "it is a NIST SPHERE file",
            _ when head.StartsWith("wvpk"u8) => "it is a WavPack file",
            _ when head.StartsWith("MAC "u8) => "it is a Monkey's Audio file",
            _ when head.StartsWith("OggS"u8) => "it is an Ogg file of neither Vorbis nor Opus",
            _ => null,
        };
        return known is not null
            ? $"{known}. Convert it first, for example with FFmpeg: ffmpeg -i FILE sound.flac."
            : $"it begins with {Convert.ToHexString(head[..Math.Min(8, head.Length)])}. Check that it is the right file and copy it again.";
    }
}
