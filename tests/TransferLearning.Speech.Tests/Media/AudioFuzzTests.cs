namespace TransferLearning.Tests;

/// <summary>Damaged sound files are read or refused with the library's own error, in bounded memory, and always come to an end.</summary>
[Trait("Category", "Fuzz")]
public class AudioFuzzTests
{
    private const int Inputs = 1500;
    private const int Seed = 20_251;
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData("WAV")]
    [InlineData("FLAC")]
    [InlineData("Ogg Vorbis")]
    [InlineData("Opus")]
    [InlineData("MP3")]
    public void A_damaged_file_is_read_or_refused(string name)
    {
        FuzzTarget target = new(name, "a.sound", _ => Seeds(name), Read, typeof(MediaException));
        FuzzRun run = new(target, Seed);
        run.Run(Inputs, Time);
        Assert.True(run.Done.Refused > 0, $"None of {run.Done.Inputs} inputs was refused; the mutations miss the parser.");
    }

    private static byte[][] Seeds(string name) => name switch
    {
        "WAV" => [SoundBytes.Wav(new byte[400]), SoundBytes.Wav(new byte[480], bits: 24, channels: 2, isExtensible: true)],
        "FLAC" => [SoundBytes.Fixture("mono_8.flac"), SoundBytes.Fixture("silence_noise_16.flac"), SoundBytes.Fixture("wasted_16.flac")],
        "Opus" => [SoundBytes.Fixture("digit.opus"), SoundBytes.Fixture("digit_surround.opus")],
        "MP3" => [SoundBytes.Fixture("digit.mp3")[..2000], SoundBytes.Fixture("digit_vbr_stereo.mp3")[..2000]], // whole ones take long
        _ => [SoundBytes.Fixture("digit.ogg")],
    };

    private static void Read(string path)
    {
        using AudioReader reader = AudioFile.Open(path, new AudioReadOptions { AcceptTruncated = path.Length % 2 == 0 });
        float[] samples = new float[1 << 14];
        int read = 0;
        while (reader.ReadMono(samples) is > 0 and int count && read < 1 << 20)
        {
            read += count;
        }

        reader.Seek(read / 2);
        _ = reader.ReadMono(samples);
    }
}
