namespace TransferLearning.Tests;

/// <summary>Sounds made of tones: one for each class, or one for each letter of a word.</summary>
internal static class Tones
{
    public const int Rate = 16_000;

    private const int LetterLength = 480;
    private const int GapLength = 160;

    /// <summary>The letters that words are made of, each a tone of its own.</summary>
    public static string Letters => "abcd";

    public static Waveform Tone(double frequency, int length, double volume = 0.5, int rate = Rate)
        => new(Enumerable.Range(0, length).Select(i => (float)(volume * Math.Sin(2 * Math.PI * frequency * i / rate))).ToArray(), rate);

    /// <summary>Low, middle and high tones with some noise, of different lengths.</summary>
    public static InMemoryDataset Classes(int each = 8)
    {
        double[] frequencies = [300, 1200, 3400];
        List<Sample> samples = [];
        for (int i = 0; i < 3 * each; i++)
        {
            samples.Add(new Sample($"tone {i}", i % 3, new RawAudio(Noisy(Tone(frequencies[i % 3], 1600 + (137 * i)), i))));
        }

        return new InMemoryDataset(samples, ["low", "middle", "high"]);
    }

    /// <summary>Words of three letters with what is said.</summary>
    public static InMemoryDataset Words(int count = 24)
        => new([.. Enumerable.Range(0, count).Select(i => Word(i))], []);

    public static Sample Word(int number, int pause = 0)
    {
        SeededRandom random = new(number);
        string word = new([.. Enumerable.Range(0, 3).Select(_ => Letters[random.NextInt32(Letters.Length)])]);
        float[] samples = [.. Spoken(word, number).Samples.ToArray(), .. Silence(pause).Samples.ToArray()];
        return new Sample(word, new RawAudio(new Waveform(samples, Rate)), new TextTarget(word));
    }

    /// <summary>Nothing but the noise that is in everything.</summary>
    public static Waveform Silence(int length) => Noisy(new Waveform(new float[length], Rate), 1);

    public static Waveform Spoken(string text, int seed = 0)
    {
        List<float> samples = [.. new float[GapLength]];
        foreach (char letter in text)
        {
            samples.AddRange(
                letter == ' ' ? new float[LetterLength] : Tone(400 * (1 + (2 * Letters.IndexOf(letter))), LetterLength).Samples.ToArray());
            samples.AddRange(new float[GapLength]);
        }

        return Noisy(new Waveform(samples.ToArray(), Rate), seed);
    }

    private static Waveform Noisy(Waveform sound, int seed)
    {
        SeededRandom random = new(seed);
        float[] samples = sound.Samples.ToArray();
        foreach (ref float sample in samples.AsSpan())
        {
            sample += (float)(0.01 * random.NextGaussian());
        }

        return new Waveform(samples, sound.SampleRate);
    }
}
