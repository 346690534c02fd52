namespace TransferLearning;

/// <summary>What a folder of Hugging Face's form says about preprocessing sounds: <c>preprocessor_config.json</c>.</summary>
internal static class SpeechFolder
{
    private const string FileName = "preprocessor_config.json";
    private const int WhisperHop = 160;

    /// <summary>Whether a folder is of a model for sounds: others have no such file.</summary>
    public static bool IsOne(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>Reads it; a folder without one is taken to be as the network's authors have it.</summary>
    /// <exception cref="InvalidDataException">It asks for something that the network does not take.</exception>
    public static AudioPreprocess Read(string folder, SpeechNetwork network)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path))
        {
            return Of(network);
        }

        ModelConfig config = ModelConfig.FromFile(path);
        int rate = config.Size("sampling_rate", network.SampleRate);
        if (rate != network.SampleRate)
        {
            throw new InvalidDataException(
                $"'{path}' names {rate} samples a second (sampling_rate), and {network.GetName()} wants {network.SampleRate}: get both "
                    + "from one place.");
        }

        return Of(network) is { FrontEnd: { } frontEnd } usual
            ? usual with { FrontEnd = FrontEnd(config, frontEnd) }
            : Of(network) with { Normalizes = config.Flag("do_normalize", true) };
    }

    /// <summary>What a network wants where nothing says it.</summary>
    public static AudioPreprocess Of(SpeechNetwork network)
    {
        AudioPreprocess samples = new() { SampleRate = network.SampleRate, Normalizes = true };
        if (network.Bands is not { } bands || network.FrameCount is not { } frames)
        {
            return samples;
        }

        AudioFrontEnd frontEnd = network is IDecodingNetwork
            ? new WhisperLogMel { MelBands = bands, Samples = frames * WhisperHop }
            : new AstFilterBank { MelBands = bands, Frames = frames };
        return samples with
        {
            Normalizes = false,
            FrontEnd = frontEnd,
            MaximumSeconds = frames * (double)WhisperHop / network.SampleRate, // both go forward by 10 ms
        };
    }

    /// <summary>Writes it, and returns its name.</summary>
    /// <exception cref="InvalidOperationException">The front end is none that the file can describe.</exception>
    public static string Write(string folder, AudioPreprocess preprocess)
    {
        IEnumerable<KeyValuePair<string, object?>> own = preprocess.FrontEnd switch
        {
            null =>
            [
                new("feature_extractor_type", "Wav2Vec2FeatureExtractor"), new("feature_size", 1),
                new("do_normalize", preprocess.Normalizes), new("return_attention_mask", true),
            ],
            WhisperLogMel { Samples: { } samples } mel =>
            [
                new("feature_extractor_type", "WhisperFeatureExtractor"), new("feature_size", mel.MelBands), new("n_samples", samples),
                new("chunk_length", samples / preprocess.SampleRate), new("nb_max_frames", samples / WhisperHop), new("n_fft", 400),
                new("hop_length", WhisperHop), new("return_attention_mask", false),
            ],
            AstFilterBank bank =>
            [
                new("feature_extractor_type", "ASTFeatureExtractor"), new("feature_size", 1), new("num_mel_bins", bank.MelBands),
                new("max_length", bank.Frames), new("mean", bank.Mean), new("std", bank.Deviation), new("do_normalize", bank.Normalizes),
                new("return_attention_mask", false),
            ],
            { } other => throw new InvalidOperationException(
                $"A {other.GetType().Name} cannot be saved with the model: {FileName} describes {nameof(WhisperLogMel)} and "
                    + $"{nameof(AstFilterBank)} alone."),
        };
        ModelConfig config = ModelConfig.FromPairs(
            [.. own, new("sampling_rate", preprocess.SampleRate), new("padding_side", "right"), new("padding_value", 0.0)]);
        ModelFolder.WriteText(Path.Combine(folder, FileName), config.ToJson());
        return FileName;
    }

    /// <summary>The front end with the numbers of the file, which must be those that the network wants.</summary>
    private static AudioFrontEnd FrontEnd(ModelConfig config, AudioFrontEnd usual)
    {
        AudioFrontEnd asked = usual switch
        {
            WhisperLogMel mel => mel with
            {
                MelBands = config.Size("feature_size", mel.MelBands),
                Samples = config.Size("n_samples", mel.Samples),
            },
            AstFilterBank bank => bank with
            {
                MelBands = config.Size("num_mel_bins", bank.MelBands),
                Frames = config.Size("max_length", bank.Frames),
                Mean = config.Number("mean", bank.Mean),
                Deviation = config.Number("std", bank.Deviation),
                Normalizes = config.Flag("do_normalize", true),
            },
            _ => usual,
        };
        return (asked.Bands, asked.FramesOf(0)) == (usual.Bands, usual.FramesOf(0))
            ? asked
            : throw new InvalidDataException(
                $"'{config.Source}' describes {asked.Bands} bands of {asked.FramesOf(0)} frames, and the network reads {usual.Bands} of "
                    + $"{usual.FramesOf(0)}: get both from one place.");
    }
}
