using System.Buffers.Binary;

namespace TransferLearning;

/// <summary>What the first and the last page of an Ogg file say of its one stream (RFC 3533).</summary>
/// <param name="IsOpus">Whether it is Opus, and not Vorbis.</param>
/// <param name="SampleRate">Vorbis' rate; that of Opus is always 48,000.</param>
/// <param name="Channels">The number of channels.</param>
/// <param name="LastGranule">The number of frames up to the end of the last page that is there.</param>
/// <param name="IsEnded">Whether that page is marked as the last one.</param>
internal sealed record OggStreamInfo(bool IsOpus, int SampleRate, int Channels, long LastGranule, bool IsEnded)
{
    private const int HeaderBytes = 27;
    private const int LongestPage = HeaderBytes + 255 + (255 * 255);

    /// <summary>Reads the first and the last page; null if the stream is neither Vorbis nor Opus.</summary>
    public static OggStreamInfo? Read(Stream stream)
    {
        byte[] bytes = new byte[2 * LongestPage];
        stream.Position = 0;
        ReadOnlySpan<byte> head = bytes.AsSpan(0, stream.ReadAtLeast(bytes.AsSpan(0, 128), 128, throwOnEndOfStream: false));
        if (head.Length < HeaderBytes + 1 || head.Length < HeaderBytes + head[26] + 19)
        {
            return null;
        }

        ReadOnlySpan<byte> packet = head[(HeaderBytes + head[26])..];
        bool isOpus = packet.StartsWith("OpusHead"u8);
        if (!isOpus && !packet.StartsWith("\u0001vorbis"u8))
        {
            return null;
        }

        int channels = packet[isOpus ? 9 : 11];
        int rate = isOpus ? 48_000 : BinaryPrimitives.ReadInt32LittleEndian(packet[12..]);
        uint serial = BinaryPrimitives.ReadUInt32LittleEndian(head[14..]);
        (long granule, bool isEnded) = LastPage(stream, bytes, serial);
        return new OggStreamInfo(isOpus, rate, channels, granule, isEnded);
    }

    private static (long Granule, bool IsEnded) LastPage(Stream stream, byte[] bytes, uint serial)
    {
        bool isCut = false;
        for (long end = stream.Length; end > 0; end -= LongestPage)
        {
            stream.Position = Math.Max(0, end - bytes.Length);
            Span<byte> last = bytes.AsSpan(0, (int)Math.Min(bytes.Length, end));
            stream.ReadExactly(last);
            for (int at = last.LastIndexOf("OggS"u8); at >= 0; at = last[..at].LastIndexOf("OggS"u8))
            {
                ReadOnlySpan<byte> page = last[at..];
                bool isOwn = page.Length >= HeaderBytes && BinaryPrimitives.ReadUInt32LittleEndian(page[14..]) == serial;
                isCut |= end == stream.Length && SizeOf(page) > page.Length;
                if (isOwn && SizeOf(page) <= page.Length && BinaryPrimitives.ReadInt64LittleEndian(page[6..]) is >= 0 and long granule)
                {
                    return (granule, !isCut && (page[5] & 4) != 0);
                }
            }
        }

        return (0, false);
    }

    private static int SizeOf(ReadOnlySpan<byte> page)
    {
        if (page.Length < HeaderBytes || page.Length < HeaderBytes + page[26])
        {
            return int.MaxValue;
        }

        int size = HeaderBytes + page[26];
        foreach (byte one in page.Slice(HeaderBytes, page[26]))
        {
            size += one;
        }

        return size;
    }
}
