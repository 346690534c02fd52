using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace TransferLearning;

/// <summary>WAV and RF64: integers of 8, 16, 24 and 32 bits, floats of 32 and 64 bits, A-law and mu-law.</summary>
internal sealed class WavReader : AudioReader
{
    private const uint Unknown = uint.MaxValue; // written by programs that could not go back to the header

    private readonly Stream _stream;
    private readonly byte[] _bytes = new byte[1 << 16];
    private Encoding _encoding;
    private int _sampleBytes;
    private long _start = -1;
    private long _frames;

    public WavReader(Stream stream, string name, AudioReadOptions options)
        : base(name, "WAV", stream.Length, options)
    {
        _stream = stream;
        ReadHeader();
        Length = _frames;
        _stream.Position = _start;
    }

    private enum Encoding
    {
        Integer = 1,
        Float = 3,
        ALaw = 6,
        MuLaw = 7,
    }

    private int FrameBytes => _sampleBytes * Channels;

    public static bool Is(ReadOnlySpan<byte> head)
        => head.Length >= 12 && (head.StartsWith("RIFF"u8) || head.StartsWith("RF64"u8)) && head[8..].StartsWith("WAVE"u8);

    private protected override int Decode(Span<float> interleaved)
    {
        int frames = (int)Math.Min(Math.Min(interleaved.Length / Channels, _bytes.Length / FrameBytes), _frames - Position);
        if (frames <= 0)
        {
            return 0;
        }

        Span<byte> bytes = _bytes.AsSpan(0, frames * FrameBytes);
        if (_stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length)
        {
            throw Damaged("it became shorter while it was read");
        }

        ToFloats(bytes, interleaved);
        return frames;
    }

    private protected override void SeekTo(long frame) => _stream.Position = _start + (Math.Min(frame, _frames) * FrameBytes);

    private protected override void Dispose(bool disposing) => _stream.Dispose();

    private void ReadHeader()
    {
        Span<byte> head = stackalloc byte[12];
        Span<byte> longest = stackalloc byte[40];
        _stream.ReadExactly(head);
        bool isRf64 = head.StartsWith("RF64"u8);
        long dataSize64 = -1;
        while (_start < 0)
        {
            Span<byte> chunk = head[..8];
            if (_stream.ReadAtLeast(chunk, chunk.Length, throwOnEndOfStream: false) < chunk.Length)
            {
                throw Damaged(SampleRate == 0 ? "it has no format chunk" : "it has no data chunk");
            }

            uint size = BinaryPrimitives.ReadUInt32LittleEndian(chunk[4..]);
            long next = _stream.Position + size + (size & 1);
            if (chunk.StartsWith("data"u8))
            {
                SetData(isRf64 && size == Unknown && dataSize64 >= 0 ? dataSize64 : size);
            }
            else
            {
                Span<byte> content = longest[..(int)Math.Min(longest.Length, size)];
                if (chunk.StartsWith("fmt "u8) && SampleRate == 0)
                {
                    _stream.ReadExactly(content);
                    SetFormat(content);
                }
                else if (chunk.StartsWith("ds64"u8) && content.Length >= 16)
                {
                    _stream.ReadExactly(content);
                    dataSize64 = BinaryPrimitives.ReadInt64LittleEndian(content[8..]);
                }

                _stream.Position = Math.Min(next, _stream.Length);
            }
        }
    }

    private void SetFormat(ReadOnlySpan<byte> format)
    {
        if (format.Length < 16)
        {
            throw Damaged($"its format chunk has {format.Length} bytes; expected 16 or more");
        }

        int code = BinaryPrimitives.ReadUInt16LittleEndian(format);
        code = code == 0xFFFE && format.Length >= 26 ? BinaryPrimitives.ReadUInt16LittleEndian(format[24..]) : code;
        int channels = BinaryPrimitives.ReadUInt16LittleEndian(format[2..]);
        SetForm(BinaryPrimitives.ReadUInt32LittleEndian(format[4..]), channels);
        int frameBytes = BinaryPrimitives.ReadUInt16LittleEndian(format[12..]);
        int bits = BinaryPrimitives.ReadUInt16LittleEndian(format[14..]);
        _sampleBytes = (bits + 7) / 8;
        _encoding = (Encoding)code;
        bool isKnown = (_encoding, bits) is (Encoding.Integer, >= 1 and <= 32) or (Encoding.Float, 32 or 64)
            or (Encoding.ALaw or Encoding.MuLaw, 8);
        if (!isKnown)
        {
            throw new MediaException(
                Name,
                $"'{Name}' is a WAV file of encoding {code} with {bits} bits; "
                    + "expected integers of 8 to 32 bits, floats of 32 or 64, A-law or "
                    + "mu-law. Convert it first, for example with FFmpeg: ffmpeg -i FILE -c:a pcm_s16le sound.wav.");
        }

        if (frameBytes != FrameBytes)
        {
            throw Damaged($"its header claims {frameBytes} bytes a frame, and {channels} channels of {bits} bits are {FrameBytes}");
        }
    }

    private void SetData(long size)
    {
        if (SampleRate == 0)
        {
            throw Damaged("its data come before their format");
        }

        _start = _stream.Position;
        long there = _stream.Length - _start;
        if (size is Unknown or 0)
        {
            size = there; // a recorder that was stopped, or a pipe
        }
        else if (size < 0)
        {
            throw Damaged($"its header claims {size} bytes of data");
        }
        else if (size > there)
        {
            Truncated($"the header claims {size} bytes of data, and {there} are there");
            size = there;
        }

        _frames = size / FrameBytes;
    }

    private void ToFloats(ReadOnlySpan<byte> bytes, Span<float> samples)
    {
        samples = samples[..(bytes.Length / _sampleBytes)];
        switch (_encoding, _sampleBytes)
        {
            case (Encoding.Integer, 2):
                From16Bits(MemoryMarshal.Cast<byte, short>(bytes), samples);
                break;
            case (Encoding.Integer, 1):
                Each(bytes, samples, 1, static sample => (sample[0] - 128) / 128f);
                break;
            case (Encoding.Integer, 3):
                Each(bytes, samples, 3, static sample => ((sample[0] << 8) | (sample[1] << 16) | (sample[2] << 24)) / 2147483648f);
                break;
            case (Encoding.Integer, _):
                Each(bytes, samples, 4, static sample => BinaryPrimitives.ReadInt32LittleEndian(sample) / 2147483648f);
                break;
            case (Encoding.Float, 4):
                Each(bytes, samples, 4, BinaryPrimitives.ReadSingleLittleEndian);
                break;
            case (Encoding.Float, _):
                Each(bytes, samples, 8, static sample => (float)BinaryPrimitives.ReadDoubleLittleEndian(sample));
                break;
            case (Encoding.ALaw, _):
                Each(bytes, samples, 1, static sample => TelephoneCode.FromALaw(sample[0]));
                break;
            default:
                Each(bytes, samples, 1, static sample => TelephoneCode.FromMuLaw(sample[0]));
                break;
        }
    }

    private delegate float Sample(ReadOnlySpan<byte> bytes);

    private static void Each(ReadOnlySpan<byte> bytes, Span<float> samples, int width, Sample convert)
    {
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = convert(bytes.Slice(i * width, width));
        }
    }

    private static void From16Bits(ReadOnlySpan<short> from, Span<float> samples)
    {
        const float Scale = 1 / 32768f;
        int i = 0;
        for (; BitConverter.IsLittleEndian && i <= from.Length - Vector<short>.Count; i += Vector<short>.Count)
        {
            Vector.Widen(new Vector<short>(from[i..]), out Vector<int> low, out Vector<int> high);
            (Vector.ConvertToSingle(low) * Scale).CopyTo(samples[i..]);
            (Vector.ConvertToSingle(high) * Scale).CopyTo(samples[(i + Vector<int>.Count)..]);
        }

        for (; i < from.Length; i++)
        {
            short sample = BitConverter.IsLittleEndian ? from[i] : BinaryPrimitives.ReverseEndianness(from[i]);
            samples[i] = sample * Scale;
        }
    }
}
