using System.Text;

namespace TransferLearning.Tests;

/// <summary>Writes sounds as WAV files of 16 bits.</summary>
internal static class WavFile
{
    /// <summary>Writes a sound, the same on each channel.</summary>
    public static void Write(string path, Waveform sound, int channels = 1) => File.WriteAllBytes(path, Bytes(sound, channels));

    public static byte[] Bytes(Waveform sound, int channels = 1)
    {
        using MemoryStream stream = new();
        using BinaryWriter writer = new(stream, Encoding.ASCII);
        int size = sound.Samples.Length * channels * sizeof(short);
        writer.Write("RIFF"u8);
        writer.Write(36 + size);
        writer.Write("WAVEfmt "u8);
        writer.Write(16);
        writer.Write((short)1);
        writer.Write((short)channels);
        writer.Write(sound.SampleRate);
        writer.Write(sound.SampleRate * channels * sizeof(short));
        writer.Write((short)(channels * sizeof(short)));
        writer.Write((short)16);
        writer.Write("data"u8);
        writer.Write(size);
        foreach (float sample in sound.Samples.Span)
        {
            for (int channel = 0; channel < channels; channel++)
            {
                writer.Write((short)Math.Clamp(Math.Round(sample * 32767), -32768, 32767));
            }
        }

        writer.Flush();
        return stream.ToArray();
    }
}
