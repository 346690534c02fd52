namespace TransferLearning.Tests;

public class AudioAugmentationTests
{
    private static readonly Waveform Tone = new(Enumerable.Range(0, 16_000).Select(i => 0.5f * MathF.Sin(i * 0.1f)).ToArray(), 16_000);

    public static TheoryData<string, WaveformAugmentation> All => new()
    {
        { "gain", new RandomGain() },
        { "shift", new RandomShift(TimeSpan.FromSeconds(0.2)) },
        { "wrap", new RandomShift(TimeSpan.FromSeconds(0.2)) { Wraps = true } },
        { "white", new AddedNoise() },
        { "pink", new AddedNoise { Color = NoiseColor.Pink } },
        { "recorded", new AddedNoise { Recordings = [new Waveform(new float[] { 1, -1, 0.5f }, 8000)] } },
        { "speed", new SpeedPerturbation(0.9, 1.1) },
    };

    [Theory]
    [MemberData(nameof(All), DisableDiscoveryEnumeration = true)]
    public void Draws_depend_on_seed_epoch_and_sample_alone(string name, WaveformAugmentation augmentation)
    {
        float[] first = Samples(1, 2, 3);
        Assert.Equal(first, Samples(1, 2, 3));
        Assert.Contains(Enumerable.Range(0, 8), sample => !Samples(1, 2, sample).SequenceEqual(first));
        Assert.All(first, sample => Assert.True(float.IsFinite(sample), name));

        float[] Samples(long seed, long epoch, long sample)
        {
            SeededRandom random = new(seed, epoch, sample);
            return augmentation.Apply(Tone, ref random).Samples.ToArray();
        }
    }

    [Theory]
    [InlineData(NoiseColor.White)]
    [InlineData(NoiseColor.Pink)]
    public void Noise_lies_as_far_below_the_sound_as_is_wanted(NoiseColor color)
    {
        SeededRandom random = new(1);
        ReadOnlySpan<float> noisy = new AddedNoise(10, 10) { Color = color }.Apply(Tone, ref random).Samples.Span;
        (double sound, double noise) = (0, 0);
        for (int i = 0; i < noisy.Length; i++)
        {
            double own = Tone.Samples.Span[i];
            (sound, noise) = (sound + (own * own), noise + ((noisy[i] - own) * (noisy[i] - own)));
        }

        Assert.Equal(10, 10 * Math.Log10(sound / noise), 0.01);
    }

    [Fact]
    public void Speed_changes_length_and_shift_does_not()
    {
        SeededRandom random = new(1);
        Assert.Equal(20_000, new SpeedPerturbation(0.8).Apply(Tone, ref random).Samples.Length);
        Assert.Equal(16_000, new RandomShift(TimeSpan.FromSeconds(1)).Apply(Tone, ref random).Samples.Length);
        float[] wrapped = new RandomShift(TimeSpan.FromSeconds(1)) { Wraps = true }.Apply(Tone, ref random).Samples.ToArray();
        Assert.Equal(Tone.Samples.ToArray().Order(), wrapped.Order());
    }

    [Fact]
    public void Masks_hide_whole_bands_and_frames_and_leave_the_rest()
    {
        SpecAugment augment = new() { FrequencyWidth = 10, TimeWidth = 20, MaskValue = -7 };
        float[] before = [.. Enumerable.Range(0, 40 * 100).Select(i => (float)i)];
        bool hid = false;
        for (int sample = 0; sample < 20; sample++)
        {
            SeededRandom random = new(1, 0, sample);
            AudioFrames after = augment.Apply(new AudioFrames([.. before], 40, 100), ref random);
            bool[] bands = [.. Enumerable.Range(0, 40).Select(band => after.Band(band).IndexOfAnyExcept(-7f) < 0)];
            bool[] frames = [.. Enumerable.Range(0, 100).Select(frame => Enumerable.Range(0, 40).All(band => after[band, frame] == -7))];
            hid |= bands.Contains(true) && frames.Contains(true);
            Assert.InRange(bands.Count(hidden => hidden), 0, 20);
            Assert.InRange(frames.Count(hidden => hidden), 0, 40);
            for (int i = 0; i < before.Length; i++)
            {
                Assert.Equal(bands[i / 100] || frames[i % 100] ? -7 : before[i], after.Values[i]);
            }
        }

        Assert.True(hid);
    }

    [Fact]
    public void Time_warp_keeps_the_ends_and_the_order()
    {
        SpecAugment warp = new() { FrequencyMasks = 0, TimeMasks = 0, TimeWarp = 30 };
        SeededRandom random = new(4);
        AudioFrames after = warp.Apply(new AudioFrames([.. Enumerable.Range(0, 200).Select(i => (float)i)], 1, 200), ref random);
        float[] row = after.Band(0).ToArray();
        Assert.Equal((0f, 199f), (row[0], row[^1]));
        Assert.Equal(row.Order(), row);
        Assert.NotEqual(100, row[100]);
    }
}
