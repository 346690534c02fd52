using NLayer;

namespace TransferLearning;

/// <summary>
/// MP3 (MPEG-1 and MPEG-2, layers I to III), decoded by the package NLayer. A frame needs those before it, so that a place is reached by
/// decoding what lies before it.
/// </summary>
internal sealed class Mp3AudioReader : AudioReader
{
    private readonly Stream _stream;
    private MpegFile? _file;
    private long _place;

    public Mp3AudioReader(Stream stream, string name, AudioReadOptions options)
        : base(name, "MP3", stream.Length, options)
    {
        _stream = stream;
        Guarded(Start);
        SetForm(_file!.SampleRate, _file.Channels);
        long length = 0;
        Guarded(() => length = _file.Length);
        Length = length > 0 ? length / (sizeof(float) * Channels) : null;
    }

    /// <summary>Whether bytes are the beginning of a frame.</summary>
    public static bool Is(ReadOnlySpan<byte> head)
        => head.Length >= 4 && head[0] == 0xFF && (head[1] & 0xE0) == 0xE0 // the mark of a frame
            && (head[1] & 0x18) != 0x08 && (head[1] & 0x06) != 0 // a version and a layer
            && (head[2] & 0xF0) != 0xF0 && (head[2] & 0x0C) != 0x0C; // a bit rate and a sample rate

    private protected override int Decode(Span<float> interleaved)
    {
        int read = _file!.ReadSamples(interleaved[..(interleaved.Length / Channels * Channels)]) / Channels;
        _place += read;
        return read;
    }

    private protected override void SeekTo(long frame)
    {
        if (frame < _place)
        {
            Start();
        }

        Discard(frame - _place);
    }

    private protected override void Dispose(bool disposing) => _stream.Dispose();

    private void Start()
    {
        // The file is not disposed, as it would close the stream.
        (_stream.Position, _place) = (0, 0);
        _file = new MpegFile(_stream);
    }
}
