namespace TransferLearning.Tests;

public class ResamplingTests
{
    [Theory]
    [InlineData(8000, 16_000)]
    [InlineData(44_100, 16_000)]
    [InlineData(16_000, 11_025)]
    [InlineData(48_000, 7)]
    public void Parts_give_the_samples_of_the_whole(int from, int to)
    {
        float[] samples = [.. Enumerable.Range(0, 5000).Select(i => SoundBytes.Noise(i) / 65536f)];
        Resampling form = new(from, to);
        float[] whole = form.Apply(samples);
        Assert.Equal(form.LengthOf(samples.Length), whole.Length);
        StreamingResampler stream = form.Start();
        List<float> parts = [];
        int step = 1;
        for (int at = 0; at < samples.Length; at += step, step = (step * 3 % 700) + 1)
        {
            parts.AddRange(stream.Write(samples.AsSpan(at, Math.Min(step, samples.Length - at))).Span);
        }

        parts.AddRange(stream.Finish().Span);
        Assert.Equal(whole, parts);
    }

    [Fact]
    public void A_tone_keeps_its_pitch_and_height()
    {
        float[] tone = [.. Enumerable.Range(0, 8000).Select(i => MathF.Sin(2 * MathF.PI * 440 * i / 8000))];
        float[] resampled = new Resampling(8000, 12_000).Apply(tone);
        for (int i = 100; i < resampled.Length - 100; i++)
        {
            Assert.Equal(Math.Sin(2 * Math.PI * 440 * i / 12_000.0), resampled[i], 0.002);
        }
    }

    [Fact]
    public void Rates_without_sense_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Resampling(0, 8000).Apply([1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Resampling(8000, 16_000) { Rolloff = 2 }.Apply([1]));
        Assert.Throws<ArgumentException>(() => new Resampling(767_999, 1).Apply([1]));
    }
}
