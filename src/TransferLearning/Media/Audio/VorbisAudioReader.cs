using NVorbis;

namespace TransferLearning;

/// <summary>
/// Ogg Vorbis, decoded by the package NVorbis. Its own seeking is a few hundred samples off and may not end, so that a place is reached by
/// decoding what lies before it.
/// </summary>
internal sealed class VorbisAudioReader : AudioReader
{
    private readonly Stream _stream;
    private VorbisReader? _vorbis;
    private long _place;

    public VorbisAudioReader(Stream stream, OggStreamInfo ogg, string name, AudioReadOptions options)
        : base(name, "Ogg Vorbis", stream.Length, options)
    {
        _stream = stream;
        SetForm(ogg.SampleRate, ogg.Channels);
        Guarded(Start);
        Length = ogg.LastGranule;
        if (!ogg.IsEnded)
        {
            Truncated("its last page is missing");
        }
    }

    private protected override int Decode(Span<float> interleaved)
    {
        int frames = (int)Math.Min(interleaved.Length / Channels, Math.Max(0, Length!.Value - _place));
        int read = frames == 0 ? 0 : _vorbis!.ReadSamples(interleaved[..(frames * Channels)]) / Channels;
        _place += read;
        if (read == 0 && frames > 0)
        {
            Truncated($"it has {_place} frames of {Length}");
        }

        return read;
    }

    private protected override void SeekTo(long frame)
    {
        if (frame < _place)
        {
            Start();
        }

        Discard(Math.Min(frame, Length!.Value) - _place);
    }

    private protected override void Dispose(bool disposing)
    {
        _vorbis?.Dispose();
        _stream.Dispose();
    }

    private void Start()
    {
        _vorbis?.Dispose();
        (_stream.Position, _place) = (0, 0);
        _vorbis = new VorbisReader(_stream, closeOnDispose: false) { ClipSamples = false };
        if (_vorbis.SampleRate != SampleRate || _vorbis.Channels != Channels)
        {
            throw new InvalidDataException("its headers contradict each other");
        }
    }
}
