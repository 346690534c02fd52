namespace TransferLearning;

/// <summary>Walks through the markers of a JPEG file. ITU-T T.81, annex B.</summary>
internal static class JpegMarkers
{
    public const byte App1 = 0xE1;
    private const byte EndOfImage = 0xD9;
    private const byte StartOfScan = 0xDA;

    public static bool Is(ReadOnlySpan<byte> file) => file.StartsWith<byte>([0xFF, 0xD8]);

    /// <summary>
    /// Whether the end-of-image marker is there. What stops before it has lost data, even where a decoder fills up the rest in silence.
    /// </summary>
    public static bool HasEnd(ReadOnlySpan<byte> file)
    {
        int at = 2;
        while (Next(file, ref at, out byte marker, out _))
        {
            if (marker == EndOfImage)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Steps to the next segment of the headers; false at the coded data or the end of the file.</summary>
    public static bool NextHeader(ReadOnlySpan<byte> file, ref int at, out byte marker, out ReadOnlySpan<byte> body)
        => Next(file, ref at, out marker, out body) && marker is not (StartOfScan or EndOfImage);

    // Stuffed zeros and restart markers belong to the coded data, which is stepped over like any other byte between two markers.
    private static bool Next(ReadOnlySpan<byte> file, ref int at, out byte marker, out ReadOnlySpan<byte> body)
    {
        marker = 0;
        body = [];
        while (at < file.Length && file[at..].IndexOf((byte)0xFF) is >= 0 and int skipped)
        {
            at += skipped + 1;
            while (at < file.Length && file[at] == 0xFF)
            {
                at++; // any number of fill bytes may stand before a marker
            }

            if (at >= file.Length)
            {
                return false;
            }

            marker = file[at++];
            if (marker == EndOfImage)
            {
                return true;
            }

            if (marker is 0 or 1 or (>= 0xD0 and <= 0xD8))
            {
                continue;
            }

            int length = at + 2 <= file.Length ? BinaryPrimitives.ReadUInt16BigEndian(file[at..]) : 0;
            if (length < 2 || at + length > file.Length)
            {
                return false;
            }

            body = file.Slice(at + 2, length - 2);
            at += length;
            return true;
        }

        return false;
    }
}
