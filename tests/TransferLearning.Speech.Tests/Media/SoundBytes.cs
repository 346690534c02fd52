using System.Buffers.Binary;

namespace TransferLearning.Tests;

/// <summary>Makes sound files in memory.</summary>
internal static class SoundBytes
{
    /// <summary>A WAV file: a header, and any bytes as its data.</summary>
    public static byte[] Wav(
        byte[] data, int code = 1, int bits = 16, int channels = 1, int rate = 8000, uint? claimed = null, bool isExtensible = false)
    {
        byte[] file = new byte[(isExtensible ? 68 : 44) + data.Length];
        Span<byte> head = file;
        "RIFF"u8.CopyTo(head);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], file.Length - 8);
        "WAVEfmt "u8.CopyTo(head[8..]);
        int format = isExtensible ? 40 : 16;
        BinaryPrimitives.WriteInt32LittleEndian(head[16..], format);
        BinaryPrimitives.WriteUInt16LittleEndian(head[20..], (ushort)(isExtensible ? 0xFFFE : code));
        BinaryPrimitives.WriteUInt16LittleEndian(head[22..], (ushort)channels);
        BinaryPrimitives.WriteInt32LittleEndian(head[24..], rate);
        BinaryPrimitives.WriteInt32LittleEndian(head[28..], rate * channels * bits / 8);
        BinaryPrimitives.WriteUInt16LittleEndian(head[32..], (ushort)(channels * bits / 8));
        BinaryPrimitives.WriteUInt16LittleEndian(head[34..], (ushort)bits);
        if (isExtensible)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(head[44..], (ushort)code);
        }

        "data"u8.CopyTo(head[(20 + format)..]);
        BinaryPrimitives.WriteUInt32LittleEndian(head[(24 + format)..], claimed ?? (uint)data.Length);
        data.CopyTo(head[(28 + format)..]);
        return file;
    }

    /// <summary>16-bit samples as bytes.</summary>
    public static byte[] Data(IEnumerable<short> samples) => [.. samples.SelectMany(BitConverter.GetBytes)];

    /// <summary>A FLAC file of one channel of 16 bits at 16 kHz, whose samples are stored as they are.</summary>
    public static byte[] Flac(short[] samples, int blockSize)
    {
        using MemoryStream file = new();
        file.Write("fLaC"u8);
        file.Write([0x80, 0, 0, 34]);
        byte[] info = new byte[34];
        BinaryPrimitives.WriteUInt16BigEndian(info, (ushort)blockSize);
        BinaryPrimitives.WriteUInt16BigEndian(info.AsSpan(2), (ushort)blockSize);
        BinaryPrimitives.WriteUInt64BigEndian(info.AsSpan(10), (16_000UL << 44) | (15UL << 36) | (uint)samples.Length);
        file.Write(info);
        for (int start = 0, number = 0; start < samples.Length; start += blockSize, number++)
        {
            short[] block = samples[start..Math.Min(samples.Length, start + blockSize)];
            List<byte> frame = [0xFF, 0xF8, 0x70, 0x08, .. System.Text.Encoding.UTF8.GetBytes(new System.Text.Rune(number).ToString())];
            frame.AddRange([(byte)((block.Length - 1) >> 8), (byte)(block.Length - 1)]);
            frame.Add(FlacBits.Crc8([.. frame]));
            frame.Add(0x02); // verbatim
            frame.AddRange(block.SelectMany(sample => new[] { (byte)(sample >> 8), (byte)sample }));
            ushort crc = 0;
            foreach (byte one in frame)
            {
                crc ^= (ushort)(one << 8);
                for (int i = 0; i < 8; i++)
                {
                    crc = (ushort)((crc & 0x8000) != 0 ? (crc << 1) ^ 0x8005 : crc << 1);
                }
            }

            frame.AddRange([(byte)(crc >> 8), (byte)crc]);
            file.Write([.. frame]);
        }

        return file.ToArray();
    }

    /// <summary>The noise that the fixtures hold, 16 bits.</summary>
    public static int Noise(int i)
    {
        unchecked
        {
            uint x = ((uint)i * 2654435761) + 12345;
            x ^= x >> 15;
            x *= 2246822519;
            x ^= x >> 13;
            return (int)(x & 0xFFFF);
        }
    }

    /// <summary>A sample of the fixtures: saw teeth and a little noise, of so many bits.</summary>
    public static int Saw(int i, int channel, int bits)
    {
        int value = ((((i * (37 + (11 * channel))) % 2001) - 1000) * 30) + (Noise((2 * i) + channel) % 64) - 32;
        return bits > 16 ? (value << (bits - 16)) | (Noise(i + 7) & ((1 << (bits - 16)) - 1)) : value >> (16 - bits);
    }

    public static byte[] Fixture(string name) => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Fixtures", "Audio", name));
}
