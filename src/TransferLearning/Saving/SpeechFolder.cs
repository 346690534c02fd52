namespace TransferLearning;

/// <summary>What a folder of Hugging Face's form says about preprocessing sounds: <c>preprocessor_config.json</c>.</summary>
internal static class SpeechFolder
{
    private const string FileName = "preprocessor_config.json";

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

        return Of(network) with { Normalizes = config.Flag("do_normalize", true) };
    }

    /// <summary>What a network wants where nothing says it.</summary>
    public static AudioPreprocess Of(SpeechNetwork network) => new() { SampleRate = network.SampleRate, Normalizes = !network.ReadsFrames };

    /// <summary>Writes it, and returns its name.</summary>
    public static string Write(string folder, AudioPreprocess preprocess)
    {
        ModelConfig config = ModelConfig.FromPairs(
            new("feature_extractor_type", "Wav2Vec2FeatureExtractor"),
            new("feature_size", 1),
            new("sampling_rate", preprocess.SampleRate),
            new("do_normalize", preprocess.Normalizes),
            new("padding_side", "right"),
            new("padding_value", 0.0),
            new("return_attention_mask", true));
        ModelFolder.WriteText(Path.Combine(folder, FileName), config.ToJson());
        return FileName;
    }
}
