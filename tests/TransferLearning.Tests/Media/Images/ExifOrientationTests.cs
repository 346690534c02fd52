using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SkiaSharp;

namespace TransferLearning.Tests;

public sealed class ExifOrientationTests
{
    public static TheoryData<string, int, int, bool> Forms
    {
        get
        {
            TheoryData<string, int, int, bool> forms = [];
            foreach (string form in new[] { "jpeg", "png", "png late", "png profile", "png packed profile", "webp", "webp prefixed" })
            {
                foreach (int type in new[] { 1, 3, 4, 6, 8, 9 })
                {
                    forms.Add(form, 6, type, true);
                    forms.Add(form, 6, type, false);
                }

                foreach (int orientation in new[] { 1, 2, 3, 4, 5, 7, 8 })
                {
                    forms.Add(form, orientation, 3, orientation % 2 == 0);
                }
            }

            return forms;
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Every_form_of_the_orientation_turns_the_image_upright(string form, int orientation, int type, bool isLittle)
    {
        byte[] file = With(form, Directory(isLittle, (0x0112, type, orientation)));
        using ImagePixels image = new SkiaImageCodec().Decode(file, form);
        Assert.Equal(orientation >= 5 ? (4, 8) : (8, 4), (image.Width, image.Height));

        // The stored image is red in its first eight, which lies in another corner when turned upright.
        (bool right, bool bottom) = orientation switch
        {
            2 or 6 => (true, false),
            3 or 7 => (true, true),
            4 or 8 => (false, true),
            _ => (false, false),
        };
        Assert.True(IsRed(image, right ? image.Width - 1 : 0, bottom ? image.Height - 1 : 0));
        Assert.False(IsRed(image, right ? 0 : image.Width - 1, bottom ? 0 : image.Height - 1));
    }

    [Theory]
    [InlineData("jpeg")]
    [InlineData("png")]
    [InlineData("webp")]
    public void What_lies_outside_of_the_first_directory_or_of_the_range_turns_nothing(string form)
    {
        byte[] thumbnail = Directory(true, (0x0112, 3, 6));
        byte[] first = Directory(true, (0x0100, 3, 8));
        BinaryPrimitives.WriteInt32LittleEndian(first.AsSpan(first.Length - 4), first.Length);
        byte[][] all =
        [
            [.. first, .. thumbnail[8..]], Directory(true, (0x0112, 3, 9)), Directory(true, (0x0112, 3, 0)), thumbnail[..15],
            [.. "II*\0"u8, 0xFF, 0xFF, 0xFF, 0x7F],
        ];
        foreach (byte[] exif in all)
        {
            using ImagePixels image = new SkiaImageCodec().Decode(With(form, exif), form);
            Assert.Equal((8, 4), (image.Width, image.Height));
        }
    }

    [Theory]
    [InlineData("png xmp", "<rdf:Description tiff:Orientation=\"6\"/>")]
    [InlineData("png packed xmp", "<tiff:Orientation>6</tiff:Orientation>")]
    public void The_orientation_may_stand_in_xmp_data(string form, string text)
    {
        using ImagePixels image = new SkiaImageCodec().Decode(With(form, Encoding.UTF8.GetBytes(text)), form);
        Assert.Equal((4, 8), (image.Width, image.Height));
    }

    [Theory]
    [InlineData("jpeg_orientation6_as_LONG.jpg")]
    [InlineData("png_eXIf_orientation6.png")]
    [InlineData("webp_exif_prefixed_orientation6.webp")]
    public void Reported_files_come_out_upright(string file)
    {
        byte[] bytes = File.ReadAllBytes(SharedData.Path($"../reports/images/{file}"));
        using ImagePixels image = new SkiaImageCodec().Decode(bytes, file);
        Assert.Equal((40, 64), (image.Width, image.Height));
        Assert.InRange((int)image.Bytes[1], 225, 240); // the stored image's lower left corner is green
    }

    private static bool IsRed(ImagePixels image, int x, int y) => image.Bytes[(y * image.Stride) + (x * 4)] > 128;

    /// <summary>An image of 8 x 4 pixels, black but for its upper left quarter, in a file with the data.</summary>
    private static byte[] With(string form, byte[] data)
    {
        using ImagePixels image = new(8, 4);
        image.Bytes.Clear();
        for (int y = 0; y < 2; y++)
        {
            for (int x = 0; x < 4; x++)
            {
                image.Bytes[(y * image.Stride) + (x * 4)] = 255;
            }
        }

        byte[] png = ImageEncoder.ToPng(image);
        string profile = $"\nexif\n{data.Length + 6,8}\n{Convert.ToHexStringLower([.. "Exif\0\0"u8, .. data])}\n";
        switch (form)
        {
            case "jpeg":
                byte[] jpeg = ImageEncoder.ToJpeg(image, 100);
                return [.. jpeg[..2], 0xFF, 0xE1, 0, (byte)(data.Length + 8), .. "Exif\0\0"u8, .. data, .. jpeg[2..]];
            case "png":
                return [.. png[..33], .. Chunk("eXIf", data), .. png[33..]];
            case "png late":
                return [.. png[..^12], .. Chunk("eXIf", data), .. png[^12..]];
            case "png profile":
                byte[] plainText = Chunk("tEXt", [.. "Raw profile type exif\0"u8, .. Encoding.ASCII.GetBytes(profile)]);
                return [.. png[..33], .. plainText, .. png[33..]];
            case "png packed profile":
                byte[] packedText = Chunk("zTXt", [.. "Raw profile type exif\0\0"u8, .. Packed(Encoding.ASCII.GetBytes(profile))]);
                return [.. png[..33], .. packedText, .. png[33..]];
            case "png xmp":
                return [.. png[..33], .. Chunk("iTXt", [.. "XML:com.adobe.xmp\0\0\0\0\0"u8, .. data]), .. png[33..]];
            case "png packed xmp":
                return [.. png[..33], .. Chunk("iTXt", [.. "XML:com.adobe.xmp\0\x1\0\0\0"u8, .. Packed(data)]), .. png[33..]];
            default:
                return WebP(image, form == "webp" ? data : [.. "Exif\0\0"u8, .. data]);
        }
    }

    private static unsafe byte[] WebP(ImagePixels image, byte[] exif)
    {
        byte[] plain;
        fixed (byte* pixels = image.Bytes)
        {
            SKImageInfo layout = new(image.Width, image.Height, SKColorType.Rgb888x, SKAlphaType.Opaque);
            using SKPixmap map = new(layout, (nint)pixels, image.Stride);
            using SKData data = map.Encode(new SKWebpEncoderOptions(SKWebpEncoderCompression.Lossless, 50))!;
            plain = data.ToArray();
        }

        byte[] header = [.. "VP8X"u8, 10, 0, 0, 0, 8, 0, 0, 0, (byte)(image.Width - 1), 0, 0, (byte)(image.Height - 1), 0, 0];
        byte[] pixelData = plain[12..];
        byte[] chunk = [.. "EXIF"u8, (byte)exif.Length, 0, 0, 0, .. exif, .. new byte[exif.Length & 1]];
        byte[] size = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(size, 4 + header.Length + pixelData.Length + chunk.Length);
        return [.. "RIFF"u8, .. size, .. "WEBP"u8, .. header, .. pixelData, .. chunk];
    }

    /// <summary>TIFF data with one directory of single values.</summary>
    private static byte[] Directory(bool isLittle, params (int Tag, int Type, int Value)[] entries)
    {
        List<byte> data = [.. isLittle ? "II"u8 : "MM"u8];
        Add(42, 2);
        Add(8, 4);
        Add(entries.Length, 2);
        foreach ((int tag, int type, int value) in entries)
        {
            int width = type is 1 or 6 ? 1 : type is 3 or 8 ? 2 : 4;
            Add(tag, 2);
            Add(type, 2);
            Add(1, 4);
            Add(value, width);
            data.AddRange(new byte[4 - width]);
        }

        Add(0, 4);
        return [.. data];

        void Add(int number, int width)
        {
            for (int i = 0; i < width; i++)
            {
                data.Add((byte)(number >> (8 * (isLittle ? i : width - 1 - i))));
            }
        }
    }

    private static byte[] Chunk(string kind, byte[] data)
    {
        byte[] body = [.. Encoding.ASCII.GetBytes(kind), .. data];
        byte[] length = new byte[4];
        byte[] check = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        BinaryPrimitives.WriteUInt32BigEndian(check, System.IO.Hashing.Crc32.HashToUInt32(body));
        return [.. length, .. body, .. check];
    }

    private static byte[] Packed(byte[] data)
    {
        using MemoryStream packed = new();
        using (ZLibStream stream = new(packed, CompressionMode.Compress))
        {
            stream.Write(data);
        }

        return packed.ToArray();
    }
}
