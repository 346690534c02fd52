namespace TransferLearning.Tests;

public class WavTests
{
    [Theory]
    [InlineData(1, 8, new byte[] { 0, 128, 192 }, new[] { -1f, 0, 0.5f })]
    [InlineData(1, 16, new byte[] { 0, 0x80, 0, 0, 0, 0x40 }, new[] { -1f, 0, 0.5f })]
    [InlineData(1, 24, new byte[] { 0, 0, 0x80, 0, 0, 0, 0, 0, 0x40 }, new[] { -1f, 0, 0.5f })]
    [InlineData(1, 32, new byte[] { 0, 0, 0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x40 }, new[] { -1f, 0, 0.5f })]
    [InlineData(7, 8, new byte[] { 0x00, 0xFF, 0x80, 0x7F }, new[] { -32124 / 32768f, 0, 32124 / 32768f, 0 })]
    [InlineData(6, 8, new byte[] { 0x55, 0xD5, 0x2A, 0xAA }, new[] { -8 / 32768f, 8 / 32768f, -32256 / 32768f, 32256 / 32768f })]
    public void Every_encoding_gives_samples_from_minus_1_to_1(int code, int bits, byte[] data, float[] expected)
    {
        foreach (bool isExtensible in new[] { false, true })
        {
            Waveform wave = AudioFile.Read(SoundBytes.Wav(data, code, bits, isExtensible: isExtensible));
            Assert.Equal(expected, wave.Samples.ToArray());
            Assert.Equal(8000, wave.SampleRate);
        }
    }

    [Fact]
    public void Floats_of_32_and_64_bits_are_kept()
    {
        float[] samples = [-1.5f, 0.25f];
        Assert.Equal(samples, AudioFile.Read(SoundBytes.Wav([.. samples.SelectMany(BitConverter.GetBytes)], 3, 32)).Samples.ToArray());
        byte[] wide = [.. samples.SelectMany(sample => BitConverter.GetBytes((double)sample))];
        Assert.Equal(samples, AudioFile.Read(SoundBytes.Wav(wide, 3, 64)).Samples.ToArray());
    }

    [Fact]
    public void Eight_channels_are_mixed_to_their_mean()
    {
        byte[] data = SoundBytes.Data(Enumerable.Range(0, 16).Select(i => (short)(i * 1024)));
        using AudioReader reader = AudioFile.Open(SoundBytes.Wav(data, channels: 8));
        float[] mono = new float[4];
        Assert.Equal((8, 2L), (reader.Channels, reader.Length));
        Assert.Equal(2, reader.ReadMono(mono));
        Assert.Equal([3.5f / 32, 11.5f / 32], mono[..2]);
    }

    [Fact]
    public void A_part_is_read_without_the_rest()
    {
        byte[] file = SoundBytes.Wav(SoundBytes.Data(Enumerable.Range(0, 16_000).Select(i => (short)i)));
        Waveform part = AudioFile.Read(file, start: TimeSpan.FromSeconds(0.5), duration: TimeSpan.FromSeconds(0.25));
        Assert.Equal(2000, part.Samples.Length);
        Assert.Equal(4000 / 32768f, part.Samples.Span[0]);
        MediaException error = Assert.Throws<MediaException>(() => AudioFile.Read(file, "a.wav", start: TimeSpan.FromSeconds(2)));
        Assert.Contains("'a.wav' ends before 00:00:02: it lasts 00:00:02", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_claim_of_more_data_than_there_are_is_refused_or_accepted()
    {
        byte[] file = SoundBytes.Wav(SoundBytes.Data([1, 2, 3]), claimed: 4000);
        MediaException error = Assert.Throws<MediaException>(() => AudioFile.Read(file, "a.wav"));
        Assert.Contains("claims 4000 bytes of data, and 6 are there", error.Message, StringComparison.Ordinal);
        Assert.Equal(3, AudioFile.Read(file, options: new AudioReadOptions { AcceptTruncated = true }).Samples.Length);
    }

    [Theory]
    [InlineData(uint.MaxValue)]
    [InlineData(0u)]
    public void A_recorder_that_could_not_write_the_length_is_understood(uint claimed)
        => Assert.Equal(3, AudioFile.Read(SoundBytes.Wav(SoundBytes.Data([1, 2, 3]), claimed: claimed)).Samples.Length);

    [Fact]
    public void The_64_bit_form_takes_its_length_from_its_own_chunk()
    {
        byte[] plain = SoundBytes.Wav(SoundBytes.Data([1, 2, 3]), claimed: uint.MaxValue);
        byte[] sizes = new byte[36];
        "ds64"u8.CopyTo(sizes);
        sizes[4] = 28;
        sizes[16] = 4; // of the 6 bytes
        byte[] file = [.. "RF64"u8, .. plain[4..12], .. sizes, .. plain[12..]];
        Assert.Equal(2, AudioFile.Read(file).Samples.Length);
    }

    [Theory]
    [InlineData(0, 8000, 16, 1, "0 channels")]
    [InlineData(1, 0, 16, 1, "a rate of 0 Hz")]
    [InlineData(1, 2_000_000_000, 16, 1, "a rate of 2000000000 Hz")]
    [InlineData(1, 8000, 16, 2, "encoding 2 with 16 bits")]
    [InlineData(1, 8000, 64, 1, "encoding 1 with 64 bits")]
    public void A_header_that_makes_no_sense_is_refused(int channels, int rate, int bits, int code, string expected)
    {
        MediaException error = Assert.Throws<MediaException>(
            () => AudioFile.Open(SoundBytes.Wav(new byte[64], code, bits, channels, rate), "a.wav"));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains("'a.wav'", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void NaN_and_infinity_are_refused(float bad)
    {
        float[] samples = [.. Enumerable.Repeat(0.5f, 20), bad, 0];
        byte[] file = SoundBytes.Wav([.. samples.SelectMany(BitConverter.GetBytes)], 3, 32);
        MediaException error = Assert.Throws<MediaException>(() => AudioFile.Read(file, "a.wav"));
        Assert.Contains("NaN or infinity", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Silence_and_full_volume_are_sound()
    {
        Assert.All(AudioFile.Read(SoundBytes.Wav(new byte[200])).Samples.ToArray(), sample => Assert.Equal(0, sample));
        byte[] clipped = SoundBytes.Wav(SoundBytes.Data(Enumerable.Repeat(short.MaxValue, 100)));
        Assert.All(AudioFile.Read(clipped).Samples.ToArray(), sample => Assert.Equal(32767 / 32768f, sample));
    }

    [Fact]
    public void What_is_no_sound_is_refused_by_its_first_bytes()
    {
        Assert.Contains("is empty", Error([]), StringComparison.Ordinal);
        Assert.Contains("without a single sample", Error(SoundBytes.Wav([])), StringComparison.Ordinal);
        Assert.Contains("MPEG-4", Error([0, 0, 0, 32, .. "ftypM4A "u8, .. new byte[40]]), StringComparison.Ordinal);
        Assert.Contains("begins with 89504E47", Error([0x89, .. "PNG"u8, .. new byte[40]]), StringComparison.Ordinal);
        Assert.Contains("no data chunk", Error(SoundBytes.Wav([])[..36]), StringComparison.Ordinal);

        static string Error(byte[] bytes) => Assert.Throws<MediaException>(() => AudioFile.Read(bytes, "a.wav")).Message;
    }

    [Fact]
    public void A_long_sound_is_read_in_parts_that_make_up_the_whole()
    {
        byte[] file = SoundBytes.Wav(SoundBytes.Data(Enumerable.Range(0, 50_000).Select(i => (short)SoundBytes.Noise(i))));
        using AudioReader reader = AudioFile.Open(file);
        List<Waveform> parts = [.. reader.ReadParts(TimeSpan.FromSeconds(1), sampleRate: 16_000)];
        Assert.Equal([16_000, 16_000, 16_000, 16_000, 16_000, 16_000, 4_000], parts.Select(part => part.Samples.Length));
        Assert.Equal(AudioFile.Read(file, sampleRate: 16_000).Samples.ToArray(), parts.SelectMany(part => part.Samples.ToArray()));
    }

    [Fact]
    public void More_samples_than_may_be_are_refused()
    {
        AudioReadOptions options = new() { MaximumSamples = 100 };
        MediaException error = Assert.Throws<MediaException>(() => AudioFile.Read(SoundBytes.Wav(new byte[400]), options: options));
        Assert.Contains("Read it in parts", error.Message, StringComparison.Ordinal);
    }
}
