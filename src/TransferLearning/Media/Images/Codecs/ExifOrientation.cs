using System.Buffers.Text;
using System.IO.Compression;
using SkiaSharp;

namespace TransferLearning;

/// <summary>
/// Finds the orientation that a JPEG, PNG or WebP file asks for: in its EXIF data, else in its XMP data. Skia misses several forms of it.
/// </summary>
internal static class ExifOrientation
{
    private const ushort OrientationTag = 0x0112;
    private const int LongestText = 1 << 20; // a compressed profile may not unpack to more

    /// <summary>The orientation; upright where nothing or nonsense is said.</summary>
    public static SKEncodedOrigin Of(ReadOnlySpan<byte> file)
    {
        (int? exif, int? xmp) = (null, null);
        if (JpegMarkers.Is(file))
        {
            FromJpeg(file, ref exif, ref xmp);
        }
        else if (file.StartsWith<byte>([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]))
        {
            FromPng(file, ref exif, ref xmp);
        }
        else if (file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..].StartsWith("WEBP"u8))
        {
            FromWebP(file, ref exif, ref xmp);
        }

        return (exif ?? xmp) is >= 1 and <= 8 and int origin ? (SKEncodedOrigin)origin : SKEncodedOrigin.TopLeft;
    }

    private static void FromJpeg(ReadOnlySpan<byte> file, ref int? exif, ref int? xmp)
    {
        ReadOnlySpan<byte> xmpName = "http://ns.adobe.com/xap/1.0/\0"u8;
        bool seen = false;
        int at = 2;
        while (JpegMarkers.NextHeader(file, ref at, out byte marker, out ReadOnlySpan<byte> body))
        {
            if (marker == JpegMarkers.App1 && !seen && body.StartsWith("Exif\0"u8))
            {
                seen = true;
                exif = FromTiff(body);
            }
            else if (marker == JpegMarkers.App1 && body.StartsWith(xmpName))
            {
                xmp ??= FromXmp(body[xmpName.Length..]);
            }
        }
    }

    private static void FromPng(ReadOnlySpan<byte> file, ref int? exif, ref int? xmp)
    {
        int? profile = null;
        ReadOnlySpan<byte> rest = file[8..];
        while (rest.Length >= 12)
        {
            uint length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > rest.Length - 12)
            {
                break;
            }

            ReadOnlySpan<byte> kind = rest.Slice(4, 4);
            ReadOnlySpan<byte> body = rest.Slice(8, (int)length);
            if (kind.SequenceEqual("eXIf"u8))
            {
                exif = FromTiff(body);
            }
            else if (kind.SequenceEqual("tEXt"u8) || kind.SequenceEqual("zTXt"u8) || kind.SequenceEqual("iTXt"u8))
            {
                ReadText(kind, body, ref profile, ref xmp);
            }

            rest = rest[(12 + (int)length)..];
        }

        exif ??= profile;
    }

    private static void ReadText(ReadOnlySpan<byte> kind, ReadOnlySpan<byte> body, ref int? profile, ref int? xmp)
    {
        ReadOnlySpan<byte> profileName = "Raw profile type exif\0"u8;
        ReadOnlySpan<byte> xmpName = "XML:com.adobe.xmp\0"u8;
        if (kind[0] != 'i' && body.StartsWith(profileName))
        {
            body = body[profileName.Length..];
            profile ??= FromProfile(kind[0] == 't' ? body : Unpacked(body.IsEmpty ? body : body[1..]));
        }
        else if (kind[0] == 'i' && body.StartsWith(xmpName) && body.Length >= xmpName.Length + 2)
        {
            bool isPacked = body[xmpName.Length] != 0;
            ReadOnlySpan<byte> text = body[(xmpName.Length + 2)..];
            text = text[(text.IndexOf((byte)0) + 1)..]; // the language
            text = text[(text.IndexOf((byte)0) + 1)..]; // the translated keyword
            xmp ??= FromXmp(isPacked ? Unpacked(text) : text);
        }
    }

    private static void FromWebP(ReadOnlySpan<byte> file, ref int? exif, ref int? xmp)
    {
        const byte HasXmp = 4, HasExif = 8;
        ReadOnlySpan<byte> rest = file[12..];
        byte flags = 0; // only a file that begins with the extended header may hold either
        while (rest.Length >= 8)
        {
            ReadOnlySpan<byte> kind = rest[..4];
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]);
            if (length > rest.Length - 8)
            {
                break;
            }

            ReadOnlySpan<byte> body = rest.Slice(8, (int)length);
            if (kind.SequenceEqual("VP8X"u8) && length > 0)
            {
                flags = body[0];
            }
            else if (kind.SequenceEqual("EXIF"u8) && (flags & HasExif) != 0)
            {
                exif ??= FromTiff(body);
            }
            else if (kind.SequenceEqual("XMP "u8) && (flags & HasXmp) != 0)
            {
                xmp ??= FromXmp(body);
            }

            rest = rest[Math.Min(rest.Length, 8 + (int)length + ((int)length & 1))..];
        }
    }

    /// <summary>
    /// The value in the first directory of EXIF data, whatever kind of whole number it is; later directories describe thumbnails.
    /// </summary>
    private static int? FromTiff(ReadOnlySpan<byte> data)
    {
        while (data.StartsWith("Exif\0\0"u8))
        {
            data = data[6..];
        }

        bool isLittle = data.StartsWith("II"u8);
        if (data.Length < 8 || !(isLittle || data.StartsWith("MM"u8)) || data[2] + data[3] != 42)
        {
            return null;
        }

        int? found = null;
        uint directory = Number(data[4..], 4, isLittle);
        if (directory > data.Length - 2)
        {
            return null;
        }

        ReadOnlySpan<byte> entries = data[(int)directory..];
        uint count = Number(entries, 2, isLittle);
        entries = entries[2..];
        for (; count > 0 && entries.Length >= 12; count--, entries = entries[12..])
        {
            if (Number(entries, 2, isLittle) == OrientationTag)
            {
                found = Value(data, entries[..12], isLittle);
            }
        }

        return found;
    }

    private static int? Value(ReadOnlySpan<byte> data, ReadOnlySpan<byte> entry, bool isLittle)
    {
        int width = Number(entry[2..], 2, isLittle) switch { 1 or 6 => 1, 3 or 8 => 2, 4 or 9 => 4, _ => 0 };
        ulong count = Number(entry[4..], 4, isLittle);
        ReadOnlySpan<byte> value = entry[8..];
        if ((ulong)width * count > 4)
        {
            uint place = Number(value, 4, isLittle);
            value = place < data.Length ? data[(int)place..] : [];
        }

        return width == 0 || count == 0 || value.Length < width ? null : (int)Math.Min(Number(value, width, isLittle), int.MaxValue);
    }

    private static uint Number(ReadOnlySpan<byte> data, int width, bool isLittle)
    {
        uint number = 0;
        for (int i = 0; i < width; i++)
        {
            number |= (uint)data[i] << (8 * (isLittle ? i : width - 1 - i));
        }

        return number;
    }

    /// <summary>EXIF data as ImageMagick writes it into PNG files: a name and a length, a line each, then hexadecimal digits.</summary>
    private static int? FromProfile(ReadOnlySpan<byte> text)
    {
        for (int line = 0; line < 3; line++)
        {
            text = text[(text.IndexOf((byte)'\n') + 1)..];
        }

        string digits = string.Concat(Encoding.Latin1.GetString(text).Where(char.IsAsciiHexDigit));
        return digits.Length % 2 == 0 ? FromTiff(Convert.FromHexString(digits)) : null;
    }

    private static int? FromXmp(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> name = "tiff:Orientation"u8;
        while (text.IndexOf(name) is >= 0 and int at)
        {
            text = text[(at + name.Length)..];
            ReadOnlySpan<byte> value = text.StartsWith("=\""u8) ? text[2..] : text.StartsWith(">"u8) ? text[1..] : [];
            if (!value.IsEmpty && Utf8Parser.TryParse(value[..1], out int orientation, out _))
            {
                return orientation;
            }
        }

        return null;
    }

    private static byte[] Unpacked(ReadOnlySpan<byte> packed)
    {
        byte[] text = new byte[LongestText];
        try
        {
            using ZLibStream stream = new(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
            return text[..stream.ReadAtLeast(text, text.Length, throwOnEndOfStream: false)];
        }
        catch (InvalidDataException)
        {
            return [];
        }
    }
}
