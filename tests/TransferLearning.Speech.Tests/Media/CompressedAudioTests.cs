namespace TransferLearning.Tests;

public class CompressedAudioTests
{
    [Theory]
    [InlineData("stereo_16.flac", 44_100, 2, 16)]
    [InlineData("fixed_24.flac", 96_000, 1, 24)]
    [InlineData("mono_8.flac", 8_000, 1, 8)]
    [InlineData("wasted_16.flac", 16_000, 1, 16)]
    [InlineData("silence_noise_16.flac", 16_000, 1, 16)]
    [InlineData("stereo_32.flac", 48_000, 2, 32)]
    public void Flac_gives_every_sample_exactly(string name, int rate, int channels, int bits)
    {
        using AudioReader reader = AudioFile.Open(SoundBytes.Fixture(name), name);
        Assert.Equal(("FLAC", rate, channels, 3000L), (reader.Format, reader.SampleRate, reader.Channels, reader.Length));
        float[] samples = new float[4000 * channels];
        Assert.Equal(3000, reader.Read(samples));
        for (int i = 0; i < 3000 * channels; i++)
        {
            (int frame, int channel) = (i / channels, i % channels);
            int expected = name switch
            {
                "wasted_16.flac" => SoundBytes.Saw(frame, channel, bits) >> 4 << 4,
                "silence_noise_16.flac" => frame < 2048 ? 0 : SoundBytes.Noise(frame) - 32_768,
                _ => SoundBytes.Saw(frame, channel, bits),
            };
            Assert.Equal((float)(expected / Math.Pow(2, bits - 1)), samples[i]);
        }
    }

    [Fact]
    public void Any_place_of_a_long_flac_file_is_found()
    {
        short[] samples = [.. Enumerable.Range(0, 200_000).Select(i => (short)SoundBytes.Noise(i))];
        using AudioReader reader = AudioFile.Open(SoundBytes.Flac(samples, 1000));
        float[] part = new float[10];
        foreach (int place in new[] { 150_123, 0, 199_995, 75_000, 74_999, 1 })
        {
            reader.Seek(place);
            int count = reader.Read(part);
            Assert.Equal(samples.Skip(place).Take(10).Select(sample => sample / 32768f), part.Take(count));
        }

        reader.Seek(200_000);
        Assert.Equal(0, reader.Read(part));
    }

    [Fact]
    public void A_damaged_or_truncated_flac_file_is_refused()
    {
        byte[] file = SoundBytes.Fixture("stereo_16.flac");
        byte[] flipped = [.. file];
        flipped[^500] ^= 1;
        Assert.Contains("checksum", Assert.Throws<MediaException>(() => AudioFile.Read(flipped, "a.flac"))
            .Message, StringComparison.Ordinal);
        byte[] cut = file[..^500];
        Assert.Contains("ends before", Assert.Throws<MediaException>(() => AudioFile.Read(cut, "a.flac"))
            .Message, StringComparison.Ordinal);
        Waveform rest = AudioFile.Read(cut, options: new AudioReadOptions { AcceptTruncated = true });
        Assert.InRange(rest.Samples.Length, 1000, 2999);
    }

    [Theory]
    [InlineData("digit.ogg", "Ogg Vorbis", 16_000, 1, 0)]
    [InlineData("digit.opus", "Opus", 48_000, 1, 0)]
    [InlineData("digit_surround.opus", "Opus", 48_000, 6, 0)]
    [InlineData("digit.mp3", "MP3", 16_000, 1, 2400)]
    [InlineData("digit_vbr_stereo.mp3", "MP3", 16_000, 2, 2400)]
    public void Compressed_speech_sounds_like_the_recording(string name, string format, int rate, int channels, int mostDelay)
    {
        byte[] file = SoundBytes.Fixture(name);
        using AudioReader reader = AudioFile.Open(file, name);
        Assert.Equal((format, rate, channels), (reader.Format, reader.SampleRate, reader.Channels));
        float[] original = Golden.Wave("0_jackson_0_16k.wav").Samples.ToArray();
        float[] decoded = AudioFile.Read(file, name, sampleRate: 16_000).Samples.ToArray();
        Assert.InRange(decoded.Length, original.Length - 1, original.Length + mostDelay);
        double best = Enumerable.Range(0, mostDelay + 1).Max(delay => Correlation(original, decoded, delay));
        Assert.True(best > 0.97, $"{name}: correlation {best:F3}");
    }

    [Theory]
    [InlineData("digit.ogg")]
    [InlineData("digit.opus")]
    [InlineData("digit_surround.opus")]
    [InlineData("digit.mp3")]
    public void A_part_of_compressed_speech_is_the_same_as_in_the_whole(string name)
    {
        byte[] file = SoundBytes.Fixture(name);
        Waveform whole = AudioFile.Read(file, name);
        int first = whole.SampleRate * 3 / 10;
        Waveform part = AudioFile.Read(file, name, start: TimeSpan.FromSeconds(0.3), duration: TimeSpan.FromSeconds(0.1));
        Assert.Equal(whole.SampleRate / 10, part.Samples.Length);
        double correlation = Correlation(part.Samples.ToArray(), whole.Samples.ToArray()[first..], 0);
        Assert.True(correlation > 0.999, $"{name}: correlation {correlation:F4}");
    }

    [Theory]
    [InlineData("digit.ogg")]
    [InlineData("digit.opus")]
    public void A_cut_ogg_file_is_refused_or_accepted(string name)
    {
        byte[] cut = SoundBytes.Fixture(name)[..^200];
        Assert.Contains("ends before", Assert.Throws<MediaException>(() => AudioFile.Read(cut, name)).Message, StringComparison.Ordinal);
        _ = Assert.Throws<MediaException>(() => AudioFile.Read(cut.AsMemory(0, 60), name));
    }

    [Fact]
    public void The_first_bytes_count_and_not_the_name()
    {
        using AudioReader reader = AudioFile.Open(SoundBytes.Fixture("digit.opus"), "speech.wav");
        Assert.Equal("Opus", reader.Format);
    }

    private static double Correlation(float[] original, float[] decoded, int delay)
    {
        (double product, double left, double right) = (0, 0, 0);
        for (int i = 0; i < original.Length && i + delay < decoded.Length; i++)
        {
            product += (double)original[i] * decoded[i + delay];
            left += (double)original[i] * original[i];
            right += (double)decoded[i + delay] * decoded[i + delay];
        }

        return product / Math.Sqrt(left * right);
    }
}
