using NVorbis;

namespace TransferLearning;

/// <summary>Ogg Vorbis, decoded by the package NVorbis.</summary>
internal sealed class VorbisAudioReader : AudioReader
{
    private readonly Stream _stream;
    private readonly VorbisReader _vorbis;

    public VorbisAudioReader(Stream stream, OggStreamInfo ogg, string name, AudioReadOptions options)
        : base(name, "Ogg Vorbis", stream.Length, options)
    {
        _stream = stream;
        SetForm(ogg.SampleRate, ogg.Channels);
        VorbisReader? vorbis = null;
        Guarded(() => vorbis = new VorbisReader(stream, closeOnDispose: false) { ClipSamples = false });
        _vorbis = vorbis!;
        SetForm(_vorbis.SampleRate, _vorbis.Channels);
        Length = ogg.LastGranule;
        if (!ogg.IsEnded)
        {
            Truncated("its last page is missing");
        }
    }

    private protected override int Decode(Span<float> interleaved)
    {
        int frames = (int)Math.Min(interleaved.Length / Channels, Math.Max(0, Length!.Value - Position));
        return frames == 0 ? 0 : _vorbis.ReadSamples(interleaved[..(frames * Channels)]) / Channels;
    }

    private protected override void SeekTo(long frame)
    {
        if (frame < Length)
        {
            _vorbis.SeekTo(frame, SeekOrigin.Begin);
        }
    }

    private protected override void Dispose(bool disposing)
    {
        _vorbis.Dispose();
        _stream.Dispose();
    }
}
