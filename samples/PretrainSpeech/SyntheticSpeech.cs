using System.Diagnostics;
using System.Globalization;

namespace TransferLearning.Samples;

/// <summary>
/// English words and phrases that espeak-ng speaks in many voices, rates and pitches, with the echoes of a room, noise, and half of them
/// over a telephone: sound whose text is known.
/// </summary>
internal static class SyntheticSpeech
{
    private static readonly string[] Accents =
        ["en-us", "en-us", "en-us-nyc", "en-gb", "en-gb-scotland", "en-gb-x-gbclan", "en-gb-x-rp", "en-gb-x-gbcwmd", "en-029"];

    private static readonly string[] Voices =
    [
        "Alex", "Alicia", "Andrea", "Andy", "Annie", "Denis", "Diogo", "Gene", "Henrique", "Hugo", "Jacky", "Lee", "Marco", "Mario",
        "Michael", "Mike", "Nguyen", "Storm", "adam", "anika", "antonio", "aunty", "belinda", "benjamin", "boris", "caleb", "croak",
        "david", "ed", "edward", "f1", "f2", "f3", "f4", "f5", "grandma", "grandpa", "gustave", "iven", "iven2", "iven3", "john",
        "klatt", "klatt2", "klatt3", "klatt4", "klatt5", "klatt6", "linda", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "marcelo",
        "max", "michel", "miguel", "norbert", "pablo", "paul", "pedro", "quincy", "rob", "robert", "sandro", "shelby", "steph", "steph2",
        "travis", "victor", "zac",
    ];

    /// <summary>Writes sound files, and <c>transcripts.tsv</c> with their names and texts. Files that are there already are kept.</summary>
    /// <param name="folder">The folder; made if it does not exist.</param>
    /// <param name="words">Words, the most frequent first.</param>
    /// <param name="count">How many files.</param>
    /// <param name="seed">What fixes texts and voices.</param>
    /// <returns>The list of transcripts.</returns>
    public static string Write(string folder, IReadOnlyList<string> words, int count, int seed)
    {
        Directory.CreateDirectory(Path.Combine(folder, "wav"));
        Random random = new(seed);
        (string File, string Text, string[] Arguments)[] plan =
        [
            .. Enumerable.Range(0, count).Select(i => Utterance(Path.Combine("wav", $"{i:D6}.wav"), words, random)),
        ];
        Parallel.For(0, count, i =>
        {
            string path = Path.Combine(folder, plan[i].File);
            if (!File.Exists(path))
            {
                string clean = path + ".clean";
                using Process speaker = Process.Start("espeak-ng", [.. plan[i].Arguments, "-w", clean, plan[i].Text]);
                speaker.WaitForExit();
                if (speaker.ExitCode != 0)
                {
                    throw new InvalidOperationException($"espeak-ng ended with {speaker.ExitCode} at '{plan[i].Text}'.");
                }

                WriteRecorded(clean, path, new Random(unchecked((seed * 1_000_003) + i)));
                File.Delete(clean);
            }
        });
        string list = Path.Combine(folder, "transcripts.tsv");
        File.WriteAllLines(list, plan.Select(entry => $"{entry.File}\t{entry.Text}").Prepend("path\tsentence"));
        return list;
    }

    private static (string File, string Text, string[] Arguments) Utterance(string file, IReadOnlyList<string> words, Random random)
    {
        // Half are single words; of the words, half come from the most frequent tenth.
        int length = random.Next(2) == 0 ? 1 : random.Next(2, 6);
        string text = string.Join(
            ' ', Enumerable.Range(0, length).Select(_ => words[random.Next(random.Next(2) == 0 ? words.Count / 10 : words.Count)]));
        string voice = $"{Accents[random.Next(Accents.Length)]}+{Voices[random.Next(Voices.Length)]}";
        string[] how = ["-v", voice, "-s", Number(random.Next(110, 250)), "-p", Number(random.Next(15, 90)), "-g", Number(random.Next(4))];
        return (file, text, how);
    }

    /// <summary>Writes a sound as a room, a microphone and a line would leave it.</summary>
    private static void WriteRecorded(string clean, string path, Random random)
    {
        int rate = random.Next(2) == 0 ? 8_000 : 16_000;
        float[] spoken = AudioFile.Read(clean, rate).Samples.ToArray();
        float[] heard = [.. spoken];
        if (random.Next(2) == 0)
        {
            // Echoes come later and softer: the sound falls to a thousandth of its power within this time.
            double fading = 0.05 + (0.35 * random.NextDouble());
            for (int echo = 0; echo < 40; echo++)
            {
                double delay = fading * random.NextDouble();
                float strength = (float)((random.NextDouble() - 0.5) * Math.Pow(10, -1.5 * delay / fading));
                for (int from = 0, to = Math.Max(1, (int)(delay * rate)); to < heard.Length; from++, to++)
                {
                    heard[to] += strength * spoken[from];
                }
            }
        }

        double power = heard.Sum(sample => sample * sample) / Math.Max(1, heard.Length);
        double noise = Math.Sqrt(power * Math.Pow(10, -(5 + (35 * random.NextDouble())) / 10));
        double gain = 0.1 * Math.Pow(10, random.NextDouble() - 0.5) / Math.Sqrt(Math.Max(power, 1e-10));
        double colour = 0.95 * random.NextDouble(); // of the noise: 0 is white
        double last = 0;
        using BinaryWriter file = new(File.Create(path));
        int bytes = 2 * heard.Length;
        file.Write([.. "RIFF"u8, .. BitConverter.GetBytes(36 + bytes), .. "WAVEfmt "u8, 16, 0, 0, 0, 1, 0, 1, 0]);
        file.Write([.. BitConverter.GetBytes(rate), .. BitConverter.GetBytes(2 * rate), 2, 0, 16, 0, .. "data"u8,
            .. BitConverter.GetBytes(bytes)]);
        foreach (float sample in heard)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            last = (colour * last) + (Math.Sqrt(1 - (colour * colour)) * noise * normal);
            file.Write((short)Math.Clamp(gain * (sample + last) * short.MaxValue, short.MinValue, short.MaxValue));
        }
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
