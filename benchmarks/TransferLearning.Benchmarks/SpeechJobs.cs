using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace TransferLearning.Benchmarks;

/// <summary>Front ends on decoded speech, on one thread.</summary>
internal static class SpeechJobs
{
    /// <summary>Seconds of sound that a front end takes in a second of the CPU.</summary>
    public static string FrontEnd(string name, string file, double seconds)
    {
        float[] samples = AudioFile.Read(file).Samples.ToArray();
        AudioFrontEnd? front = name switch
        {
            "log-mel" => new MelSpectrogram { HopLength = 160, MelBands = 80 }.Then(new LogarithmScale()),
            "whisper" => new WhisperLogMel { Samples = null },
            "fbank" => new KaldiFilterBank { MelBands = 80, Window = WindowFunction.Hann },
            _ => null,
        };
        Resampling down = new(16_000, 8_000);
        Run(seconds / 2); // warms up
        (long rounds, double used) = Run(seconds);
        return JsonSerializer.Serialize(new { secondsPerSecond = rounds * (samples.Length / 16_000.0) / used });

        (long Rounds, double Used) Run(double limit)
        {
            TimeSpan before = Process.GetCurrentProcess().TotalProcessorTime;
            Stopwatch clock = Stopwatch.StartNew();
            long count = 0;
            for (; clock.Elapsed.TotalSeconds < limit; count++)
            {
                _ = front is null ? down.Apply(samples).Length : front.Compute(samples).Count;
            }

            return (count, (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds);
        }
    }

    /// <summary>Runs one by its name and arguments.</summary>
    public static string Run(string[] arguments)
        => FrontEnd(arguments[0], arguments[1], double.Parse(arguments[2], CultureInfo.InvariantCulture));
}
