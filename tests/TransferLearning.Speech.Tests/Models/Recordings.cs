using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>The recordings of the goldens as tensors, in the caller's dispose scope.</summary>
internal static class Recordings
{
    /// <summary>The samples of a recording, float32 [T].</summary>
    public static Tensor Samples(string file) => tensor(Golden.Wave(file).Samples.ToArray());

    /// <summary>Recordings with zeros after the shorter ones, and their lengths.</summary>
    public static AudioInput Padded(IReadOnlyList<string> files, ScalarType type = ScalarType.Float32)
    {
        Tensor[] samples = [.. files.Select(Samples)];
        long longest = samples.Max(row => row.size(0));
        return new AudioInput(
            stack(samples.Select(row => nn.functional.pad(row, [0, longest - row.size(0)]))).to(type),
            tensor([.. samples.Select(row => row.size(0))]));
    }

    /// <summary>Whisper's log-mel spectrogram of a recording padded or cut to a number of samples, [bands, frames].</summary>
    public static Tensor LogMel(string file, int samples, int bands)
    {
        AudioFrames frames = new WhisperLogMel { MelBands = bands, Samples = samples }.Compute(Golden.Wave(file).Samples.Span);
        return tensor(frames.Values.ToArray(), [bands, frames.Count]);
    }
}
