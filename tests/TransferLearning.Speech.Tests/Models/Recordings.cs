using System.Buffers.Binary;
using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning.Tests;

/// <summary>The recordings of the goldens as tensors, and Whisper's input by its definition, in either precision.</summary>
internal static class Recordings
{
    private const int Header = 44;

    /// <summary>The samples of a 16-bit recording, float32 [T], in the caller's dispose scope.</summary>
    public static Tensor Samples(string file)
    {
        byte[] bytes = File.ReadAllBytes(ParityFolder.File($"speech/wav/{file}"));
        float[] samples = new float[(bytes.Length - Header) / 2];
        for (int i = 0; i < samples.Length; i++)
        {
            samples[i] = BinaryPrimitives.ReadInt16LittleEndian(bytes.AsSpan(Header + (2 * i))) / 32768f;
        }

        return tensor(samples);
    }

    /// <summary>Recordings with zeros after the shorter ones, and their lengths.</summary>
    public static AudioInput Padded(IReadOnlyList<string> files, ScalarType type = ScalarType.Float32)
    {
        Tensor[] samples = [.. files.Select(Samples)];
        long longest = samples.Max(row => row.size(0));
        return new AudioInput(
            stack(samples.Select(row => nn.functional.pad(row, [0, longest - row.size(0)]))).to(type),
            tensor([.. samples.Select(row => row.size(0))]));
    }

    /// <summary>A log-mel spectrogram of a recording padded or cut to a number of samples, [bands, frames].</summary>
    public static Tensor LogMel(string file, long samples, int bands, ScalarType type = ScalarType.Float32)
    {
        const int Window = 400, Hop = 160;
        Tensor wave = Samples(file).to(type);
        wave = wave.size(0) < samples ? nn.functional.pad(wave, [0, samples - wave.size(0)]) : wave.narrow(0, 0, samples);
        Tensor padded = nn.functional.pad(wave.unsqueeze(0), [Window / 2, Window / 2], PaddingModes.Reflect).squeeze(0);
        Tensor frames = padded.unfold(0, Window, Hop).narrow(0, 0, samples / Hop).mul(hann_window(Window, dtype: type));
        Tensor power = fft.rfft(frames).abs().pow(2).transpose(0, 1);
        Tensor log = MelMatrix(bands).to(ScalarType.Float32).to(type).mm(power).clamp_min(1e-10).log10();
        return maximum(log, log.max() - 8).add(4).div(4);
    }

    private static Tensor MelMatrix(int bands)
    {
        const double Rate = 16000, Bins = 201;
        double[] edges = [.. Enumerable.Range(0, bands + 2).Select(i => ToHertz(ToMel(Rate / 2) * i / (bands + 1)))];
        double[] weights = new double[bands * (int)Bins];
        for (int band = 0; band < bands; band++)
        {
            (double low, double middle, double high) = (edges[band], edges[band + 1], edges[band + 2]);
            for (int bin = 0; bin < Bins; bin++)
            {
                double frequency = bin * Rate / 400;
                double height = Math.Min((frequency - low) / (middle - low), (high - frequency) / (high - middle));
                weights[(band * (int)Bins) + bin] = Math.Max(0, height) * 2 / (high - low);
            }
        }

        return tensor(weights, [bands, (long)Bins]);
    }

    private static double ToMel(double frequency)
        => frequency >= 1000 ? 15 + (27 * Math.Log(frequency / 1000) / Math.Log(6.4)) : frequency * 3 / 200;

    private static double ToHertz(double mel) => mel >= 15 ? 1000 * Math.Exp((mel - 15) * Math.Log(6.4) / 27) : mel * 200 / 3;
}
