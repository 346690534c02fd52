namespace TransferLearning;

/// <summary>The headers of a JPEG file of the kind that nearly all photographs are: sequential, eight bits, Huffman codes, one scan, grey
/// or YCbCr with whole or halved colour. ITU-T T.81, annexes B and F.</summary>
internal sealed class JpegFrame
{
    private readonly int[]?[] _quantization = new int[4][];
    private readonly HuffmanTable?[] _dc = new HuffmanTable[4];
    private readonly HuffmanTable?[] _ac = new HuffmanTable[4];
    private byte[]? _frame;
    private bool _isJfif;
    private int _adobeTransform = -1;

    private JpegFrame() { }

    public int Width { get; private set; }
    public int Height { get; private set; }

    /// <summary>One component (grey) or three (YCbCr).</summary>
    public IReadOnlyList<JpegComponent> Components { get; private set; } = [];

    /// <summary>After how many coded units the decoder starts afresh; 0 for never.</summary>
    public int RestartInterval { get; private set; }

    /// <summary>Where the coded data begins in the file.</summary>
    public int ScanStart { get; private set; }

    /// <summary>Reads the headers; null for every file that is damaged or of another kind.</summary>
    public static JpegFrame? Read(ReadOnlySpan<byte> file)
    {
        if (!file.StartsWith<byte>([0xFF, 0xD8]))
        {
            return null;
        }

        JpegFrame frame = new();
        int at = 2;
        while (at + 4 <= file.Length)
        {
            if (file[at] != 0xFF)
            {
                return null;
            }

            byte marker = file[at + 1];
            if (marker == 0xFF)
            {
                at++; // any number of fill bytes may stand before a marker
                continue;
            }

            int length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (length < 2 || at + 2 + length > file.Length)
            {
                return null;
            }

            ReadOnlySpan<byte> body = file.Slice(at + 4, length - 2);
            at += 2 + length;
            if (marker == 0xDA)
            {
                frame.ScanStart = at;
                return frame.ReadScan(body) ? frame : null;
            }

            if (!frame.ReadSegment(marker, body))
            {
                return null;
            }
        }

        return null;
    }

    private bool ReadSegment(byte marker, ReadOnlySpan<byte> body)
    {
        switch (marker)
        {
            case 0xC0 or 0xC1 when _frame is null:
                _frame = body.ToArray();
                return body.Length >= 6;
            case 0xC4:
                return ReadHuffmanTables(body);
            case 0xDB:
                return ReadQuantization(body);
            case 0xDD when body.Length == 2:
                RestartInterval = BinaryPrimitives.ReadUInt16BigEndian(body);
                return true;
            case 0xE0:
                _isJfif |= body.StartsWith("JFIF\0"u8);
                return true;
            case 0xEE:
                _adobeTransform = body.Length >= 12 && body.StartsWith("Adobe"u8) ? body[11] : _adobeTransform;
                return true;
            default:
                return marker is (>= 0xE1 and <= 0xEF) or 0xFE; // other applications' segments and comments
        }
    }

    private bool ReadQuantization(ReadOnlySpan<byte> body)
    {
        while (!body.IsEmpty)
        {
            int width = (body[0] >> 4) + 1;
            int number = body[0] & 15;
            if (width > 2 || number > 3 || body.Length < 1 + (64 * width))
            {
                return false;
            }

            int[] table = new int[JpegBlock.PaddedSize];
            for (int i = 0; i < 64; i++)
            {
                table[i] = width == 1 ? body[1 + i] : BinaryPrimitives.ReadUInt16BigEndian(body[(1 + (2 * i))..]);
            }

            _quantization[number] = table;
            body = body[(1 + (64 * width))..];
        }

        return true;
    }

    private bool ReadHuffmanTables(ReadOnlySpan<byte> body)
    {
        while (!body.IsEmpty)
        {
            (int kind, int number) = (body[0] >> 4, body[0] & 15);
            if (kind > 1 || number > 3 || HuffmanTable.Read(body[1..], isDc: kind == 0, out int length) is not { } table)
            {
                return false;
            }

            (kind == 0 ? _dc : _ac)[number] = table;
            body = body[(1 + length)..];
        }

        return true;
    }

    private bool ReadScan(ReadOnlySpan<byte> scan)
    {
        if (_frame is not { } frame || frame[0] != 8)
        {
            return false;
        }

        Height = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(1));
        Width = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(3));
        int count = frame[5];
        if (count is not (1 or 3) || frame.Length != 6 + (3 * count) || scan.Length != 4 + (2 * count) || scan[0] != count
            || scan[^3] != 0 || scan[^2] != 63 || scan[^1] != 0 || Width == 0 || Height == 0)
        {
            return false;
        }

        List<JpegComponent> components = [];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> described = frame.AsSpan(6 + (3 * i), 3);
            ReadOnlySpan<byte> coded = scan.Slice(1 + (2 * i), 2);
            if (described[0] != coded[0] || described[2] > 3 || coded[1] >> 4 > 3 || (coded[1] & 15) > 3
                || _quantization[described[2]] is not { } quantization || _dc[coded[1] >> 4] is not { } dc
                || _ac[coded[1] & 15] is not { } ac)
            {
                return false;
            }

            // A single component is coded block by block, whatever its factors say.
            components.Add(new JpegComponent(count == 1 ? 1 : described[1] >> 4, count == 1 ? 1 : described[1] & 15, quantization, dc, ac));
        }

        Components = components;
        return count == 1 || (IsYcc(frame) && HasKnownSampling());
    }

    // As libjpeg guesses it: a file of the JFIF form is YCbCr, then Adobe's word counts, then the components' names.
    private bool IsYcc(byte[] frame)
        => _isJfif || (_adobeTransform >= 0 ? _adobeTransform == 1 : (frame[6], frame[9], frame[12]) != ((byte)'R', (byte)'G', (byte)'B'));

    private bool HasKnownSampling()
    {
        // Colour of at most two samples across is not interpolated by libjpeg; such images are not worth a case of their own.
        (int across, int down) = (Components[0].Across, Components[0].Down);
        return (across, down) is (1, 1) or (2, 1) or (2, 2) && Components.Skip(1).All(component => component is { Across: 1, Down: 1 })
            && (across == 1 || Width > 4);
    }
}
