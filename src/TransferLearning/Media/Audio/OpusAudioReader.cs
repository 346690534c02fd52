using System.Buffers.Binary;
using Concentus.Structs;

namespace TransferLearning;

/// <summary>Opus in Ogg (RFC 7845), whose packets the package Concentus decodes; always 48 kHz, as Opus is.</summary>
internal sealed class OpusAudioReader : AudioReader
{
    private const int Rate = 48_000;
    private const int LongestPacket = Rate * 120 / 1000;
    private const int PreRoll = Rate * 80 / 1000; // what the decoder needs to hear before it gives the right samples

    private readonly Stream _stream;
    private readonly OggPackets _packets;
    private readonly OpusDecoder? _single;
    private readonly OpusMSDecoder? _several;
    private readonly int _skipAtStart;
    private readonly float _gain;
    private readonly float[] _block;
    private int _blockSize;
    private int _given;
    private long _toSkip;

    public OpusAudioReader(Stream stream, OggStreamInfo ogg, string name, AudioReadOptions options)
        : base(name, "Opus", stream.Length, options)
    {
        _stream = stream;
        SetForm(Rate, ogg.Channels);
        _block = new float[LongestPacket * Channels];
        OggPackets? packets = null;
        (OpusDecoder? single, OpusMSDecoder? several, int skip, float gain) = (null, null, 0, 1);
        Guarded(() =>
        {
            packets = new OggPackets(stream);
            if (!packets.TryNext(out ReadOnlySpan<byte> head) || head.Length < 19)
            {
                throw new InvalidDataException("its first packet is not whole");
            }

            skip = BinaryPrimitives.ReadUInt16LittleEndian(head[10..]);
            gain = (float)Math.Pow(10, BinaryPrimitives.ReadInt16LittleEndian(head[16..]) / (20.0 * 256));
            (single, several) = Decoder(head);
        });
        (_packets, _single, _several, _skipAtStart, _gain, _toSkip) = (packets!, single, several, skip, gain, skip);
        Length = Math.Max(0, ogg.LastGranule - skip);
        if (!ogg.IsEnded)
        {
            Truncated("its last page is missing");
        }
    }

    private protected override int Decode(Span<float> interleaved)
    {
        while (_given == _blockSize || _toSkip > 0)
        {
            if (_given == _blockSize && (Position >= Length || !NextPacket()))
            {
                return 0;
            }

            int skipped = (int)Math.Min(_toSkip, _blockSize - _given);
            (_given, _toSkip) = (_given + skipped, _toSkip - skipped);
        }

        int frames = (int)Math.Min(Math.Min(interleaved.Length / Channels, _blockSize - _given), Length!.Value - Position);
        ReadOnlySpan<float> from = _block.AsSpan(_given * Channels, frames * Channels);
        for (int i = 0; i < from.Length; i++)
        {
            interleaved[i] = from[i] * _gain;
        }

        _given += frames;
        return frames;
    }

    private protected override void SeekTo(long frame)
    {
        long place = frame + _skipAtStart;
        long start = _packets.Seek(Math.Max(0, place - PreRoll));
        _single?.ResetState();
        _several?.ResetState();
        (_blockSize, _given, _toSkip) = (0, 0, place - start);
    }

    private protected override void Dispose(bool disposing)
    {
        _single?.Dispose();
        _several?.Dispose();
        _stream.Dispose();
    }

    private static (OpusDecoder? Single, OpusMSDecoder? Several) Decoder(ReadOnlySpan<byte> head)
    {
        (int channels, int family) = (head[9], head[18]);
#pragma warning disable CS0618 // the factory would look for a native library, and another one may give other samples
        if (family == 0)
        {
            return channels <= 2
                ? (new OpusDecoder(Rate, channels), null)
                : throw new InvalidDataException($"its header claims {channels} channels where at most 2 may be");
        }

        if (head.Length < 21 + channels)
        {
            throw new InvalidDataException("its header lacks the table of its channels");
        }

        return (null, new OpusMSDecoder(Rate, channels, head[19], head[20], head.Slice(21, channels).ToArray()));
#pragma warning restore CS0618
    }

    private bool NextPacket()
    {
        while (_packets.TryNext(out ReadOnlySpan<byte> packet))
        {
            if (packet.StartsWith("OpusHead"u8) || packet.StartsWith("OpusTags"u8))
            {
                continue;
            }

            _blockSize = _single is not null
                ? _single.Decode(packet, _block, LongestPacket, false)
                : _several!.DecodeMultistream(packet, _block, LongestPacket, false);
            _given = 0;
            if (_blockSize > 0)
            {
                return true;
            }
        }

        (_blockSize, _given) = (0, 0);
        if (Position < Length)
        {
            Truncated($"it has {Position} frames of {Length}");
        }

        return false;
    }
}
