using System.Text.Json;

namespace TransferLearning.Tests;

/// <summary>Builds front ends from torchaudio's names and arguments.</summary>
internal static class TorchaudioChain
{
    /// <summary>Runs a chain of transforms, each a name and its arguments, over a recording.</summary>
    public static AudioFrames Run(JsonElement chain, Waveform wave)
    {
        AudioFrames? frames = null;
        ReadOnlySpan<float> samples = wave.Samples.Span;
        foreach (JsonElement link in chain.EnumerateArray())
        {
            string name = link[0].GetString()!;
            Arguments args = new(link[1]);
            switch (name)
            {
                case "Resample":
                    float[] resampled = Resample(args).Apply(samples);
                    return new AudioFrames(resampled, 1, resampled.Length);
                case "AmplitudeToDB":
                    frames = new DecibelScale
                    {
                        IsMagnitude = args.Text("stype", "power") == "magnitude",
                        TopDecibels =
                        args.Optional("top_db")
                    }
                        .Apply(frames!);
                    break;
                case "ComputeDeltas":
                    PadMode mode = Enum.Parse<PadMode>(args.Text("mode", "replicate")!, ignoreCase: true);
                    frames = new FrameDeltas { WindowLength = args.Whole("win_length", 5), PadMode = mode }.Apply(frames!);
                    break;
                case "MelScale":
                    frames = Bands(args, "n_mels").Apply(frames!);
                    break;
                default:
                    frames = FrontEnd(name, args).Compute(samples);
                    break;
            }

            args.CheckAllUsed(name);
        }

        return frames!;
    }

    private static AudioFrontEnd FrontEnd(string name, Arguments args) => name switch
    {
        "Spectrogram" => Spectrogram(args),
        "MelSpectrogram" => Mel(args, args.Whole("sample_rate", 16_000)),
        "MFCC" => Mfcc(args),
        "LFCC" => Lfcc(args),
        "SpectralCentroid" => Spectrogram(args) with { Power = 1 } is var magnitude
            ? magnitude.Then(new SpectralCentroid { SampleRate = args.Whole("sample_rate", 16_000) })
            : throw new InvalidOperationException(),
        "compliance.kaldi.fbank" => Kaldi(args),
        "compliance.kaldi.mfcc" => new KaldiMfcc
        {
            Filters = Kaldi(args),
            Coefficients = args.Whole("num_ceps", 13),
            CepstralLifter = args.Number("cepstral_lifter", 22),
        },
        _ => throw new NotSupportedException(name),
    };

    private static AudioFrontEnd Mfcc(Arguments args)
    {
        Arguments mel = args.Nested("melkwargs");
        AudioFrontEnd front = AudioFrontEnd.Mfcc(
            args.Whole("n_mfcc", 40),
            Mel(mel, args.Whole("sample_rate", 16_000)),
            args.Flag("log_mels", false),
            args.Text("norm", "ortho") == "ortho");
        mel.CheckAllUsed("melkwargs");
        return front;
    }

    private static AudioFrontEnd Lfcc(Arguments args)
    {
        Arguments spectrum = args.Nested("speckwargs");
        AudioFrontEnd front = AudioFrontEnd.Lfcc(
            args.Whole("n_lfcc", 40),
            Bands(args, "n_filter") with { Scale = FrequencyScale.Linear },
            Spectrogram(spectrum),
            args.Flag("log_lf", false),
            args.Text("norm", "ortho") == "ortho");
        spectrum.CheckAllUsed("speckwargs");
        return front;
    }

    private static Spectrogram Spectrogram(Arguments args) => new()
    {
        FftLength = args.Whole("n_fft", 400),
        WindowLength = args.OptionalWhole("win_length"),
        HopLength = args.OptionalWhole("hop_length"),
        Padding = args.Whole("pad", 0),
        Power = args.Has("power") ? args.Optional("power") : 2,
        Normalization = Normalization(args),
        IsCentered = args.Flag("center", true),
        PadMode = Enum.Parse<PadMode>(args.Text("pad_mode", "reflect")!, ignoreCase: true),
        IsOneSided = args.Flag("onesided", true),
    };

    private static MelSpectrogram Mel(Arguments args, int rate) => new()
    {
        SampleRate = rate,
        FftLength = args.Whole("n_fft", 400),
        WindowLength = args.OptionalWhole("win_length"),
        HopLength = args.OptionalWhole("hop_length"),
        Padding = args.Whole("pad", 0),
        Power = args.Number("power", 2),
        Normalization = Normalization(args),
        IsCentered = args.Flag("center", true),
        PadMode = Enum.Parse<PadMode>(args.Text("pad_mode", "reflect")!, ignoreCase: true),
        MelBands = args.Whole("n_mels", 128),
        LowestFrequency = args.Number("f_min", 0),
        HighestFrequency = args.Optional("f_max"),
        HasUnitArea = args.Text("norm", null) == "slaney",
        Scale = Enum.Parse<FrequencyScale>(args.Text("mel_scale", "htk")!, ignoreCase: true),
    };

    private static FrequencyBands Bands(Arguments args, string count) => new()
    {
        Count = args.Whole(count, 128),
        SampleRate = args.Whole("sample_rate", 16_000),
        LowestFrequency = args.Number("f_min", 0),
        HighestFrequency = args.Optional("f_max"),
        HasUnitArea = args.Text("norm", null) == "slaney",
        Scale = Enum.Parse<FrequencyScale>(args.Text("mel_scale", "htk")!, ignoreCase: true),
    };

    private static SpectrumNormalization Normalization(Arguments args) => args.Raw("normalized") switch
    {
        { ValueKind: JsonValueKind.True } => SpectrumNormalization.Window,
        { ValueKind: JsonValueKind.String } text when text.GetString() == "window" => SpectrumNormalization.Window,
        { ValueKind: JsonValueKind.String } => SpectrumNormalization.FrameLength,
        _ => SpectrumNormalization.None,
    };

    private static Resampling Resample(Arguments args)
        => new(args.Whole("orig_freq", 16_000), args.Whole("new_freq", 16_000))
        {
            Width = args.Whole("lowpass_filter_width", 6),
            Rolloff = args.Number("rolloff", 0.99),
            Window = args.Text("resampling_method", "sinc_interpolation")!.Contains("kaiser", StringComparison.Ordinal)
                ? ResamplingWindow.Kaiser
                : ResamplingWindow.Hann,
            Beta = args.Number("beta", 14.769656459379492),
        };

    private static KaldiFilterBank Kaldi(Arguments args) => args.Number("dither", 0) + args.Number("min_duration", 0) != 0
        ? throw new NotSupportedException("dither, min_duration")
        : new()
        {
            SampleRate = args.Whole("sample_frequency", 16_000),
            MelBands = args.Whole("num_mel_bins", 23),
            EnergyFloor = args.Number("energy_floor", 1),
            FrameLength = TimeSpan.FromMilliseconds(args.Number("frame_length", 25)),
            FrameShift = TimeSpan.FromMilliseconds(args.Number("frame_shift", 10)),
            LowestFrequency = args.Number("low_freq", 20),
            HighestFrequency = args.Number("high_freq", 0),
            HasEnergyLast = args.Flag("htk_compat", false),
            Preemphasis = args.Number("preemphasis_coefficient", 0.97),
            UsesRawEnergy = args.Flag("raw_energy", true),
            RemovesOffset = args.Flag("remove_dc_offset", true),
            RoundsToPowerOfTwo = args.Flag("round_to_power_of_two", true),
            SnipsEdges = args.Flag("snip_edges", true),
            SubtractsMean = args.Flag("subtract_mean", false),
            HasEnergy = args.Flag("use_energy", false),
            IsLogarithm = args.Flag("use_log_fbank", true),
            IsPower = args.Flag("use_power", true),
            BlackmanCoefficient = args.Number("blackman_coeff", 0.42),
            WarpHigh = args.Number("vtln_high", -500),
            WarpLow = args.Number("vtln_low", 100),
            Warp = args.Number("vtln_warp", 1),
            Window = args.Text("window_type", "povey") switch
            {
                "hanning" => WindowFunction.Hann,
                string other => Enum.Parse<WindowFunction>(other, ignoreCase: true),
                _ => throw new NotSupportedException(),
            },
        };

    /// <summary>Named arguments, each of which must be used.</summary>
    private sealed class Arguments(JsonElement element)
    {
        private readonly HashSet<string> _used = [];

        public JsonElement? Raw(string name)
        {
            _used.Add(name);
            return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) ? value : null;
        }

        public bool Has(string name) => Raw(name) is not null;

        public double? Optional(string name) => Raw(name) is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : null;

        public int? OptionalWhole(string name) => (int?)Optional(name);

        public double Number(string name, double otherwise) => Optional(name) ?? otherwise;

        public int Whole(string name, int otherwise) => (int)Number(name, otherwise);

        public bool Flag(string name, bool otherwise) => Raw(name)?.GetBoolean() ?? otherwise;

        public string? Text(string name, string? otherwise) => Raw(name) is { } value ? value.GetString() : otherwise;

        public Arguments Nested(string name) => new(Raw(name) ?? default);

        public void CheckAllUsed(string name)
        {
            if (element.ValueKind == JsonValueKind.Object)
            {
                Assert.Empty(element.EnumerateObject().Select(property => $"{name}.{property.Name}")
                    .Except(_used.Select(used => $"{name}.{used}")));
            }
        }
    }
}
