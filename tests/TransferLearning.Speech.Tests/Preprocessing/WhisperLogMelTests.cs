using System.Text.Json;

namespace TransferLearning.Tests;

public class WhisperLogMelTests
{
    [Fact]
    [Trait("Category", "Parity")]
    public void Log_mel_of_80_and_128_bands_equals_the_published_model()
    {
        using JsonDocument document = ParityFolder.Json("speech/models/whisper_mini.json");
        JsonElement root = document.RootElement;
        int samples = root.GetProperty("samples").GetInt32();
        foreach (JsonElement one in root.GetProperty("cases").EnumerateArray())
        {
            Check(one.GetProperty("log_mel"), one.GetProperty("wav").GetString()!, 80);
        }

        Check(root.GetProperty("log_mel_128"), root.GetProperty("cases")[0].GetProperty("wav").GetString()!, 128);

        void Check(JsonElement golden, string wav, int bands)
        {
            WhisperLogMel front = new() { MelBands = bands, Samples = samples };
            AudioFrames frames = front.Compute(Golden.Wave(wav).Samples.Span);
            long[] shape = golden.GetProperty("shape").GetArrayLength() == 3 ? [1, bands, frames.Count] : [bands, frames.Count];
            Golden.Compare(golden, shape, frames.Values, wav);
        }
    }

    [Fact]
    public void Silence_behind_a_short_sound_changes_nothing_of_its_frames()
    {
        float[] sound = [.. Enumerable.Range(0, 3000).Select(i => MathF.Sin(i * 0.3f))];
        WhisperLogMel front = new() { Samples = 16_000 };
        AudioFrames brief = front.Compute(sound);
        AudioFrames padded = front.Compute([.. sound, .. new float[13_000]]);
        Assert.Equal(100, brief.Count);
        Assert.Equal(padded.Values.ToArray(), brief.Values.ToArray());
    }
}
