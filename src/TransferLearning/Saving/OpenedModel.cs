namespace TransferLearning;

/// <summary>A folder of Hugging Face's form, or of this library's, as network and task.</summary>
/// <typeparam name="TNetwork">The networks of a modality.</typeparam>
/// <param name="Family">The kind of network.</param>
/// <param name="Network">The network, filled; the caller disposes it.</param>
/// <param name="Task">What it is for.</param>
/// <param name="Report">What became of each weight.</param>
/// <param name="Saved">What this library saved beside the weights; null for a folder from elsewhere.</param>
internal sealed record OpenedModel<TNetwork>(
    ConfigFamily Family, TNetwork Network, LearningTask Task, WeightLoadReport Report, ModelDescription? Saved)
    where TNetwork : ConfigNetwork
{
    /// <summary>Opens a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="modelType">The type of network that the caller expects; null for any.</param>
    /// <param name="task">The task that the caller wants; null for what the folder says.</param>
    /// <param name="seed">What fixes weights that are not there.</param>
    /// <param name="mapFile">Whether the network looks into the file of weights.</param>
    /// <param name="preferred">The kind of head preferred to what the configuration says; null for none.</param>
    /// <exception cref="InvalidDataException">It is another type of network, or one of another modality.</exception>
    public static OpenedModel<TNetwork> Open(
        string folder, string? modelType, LearningTask? task, long seed, bool mapFile, HeadKind? preferred)
    {
        using HuggingFaceFolder checkpoint = LibTorch.LoadDuring(() => HuggingFaceFolder.Open(folder, mapFile));
        if (modelType is not null && !checkpoint.Family.ModelTypes.Contains(modelType))
        {
            throw new InvalidDataException(
                $"'{folder}' holds a network of the type '{checkpoint.Config.ModelType}', and '{modelType}' was asked for; "
                + $"call {Opening(typeof(TNetwork))}, which takes any known type.");
        }

        ModelDescription? saved = ModelFolder.ReadDescription(folder);
        TNetwork network = Build(checkpoint.Family, checkpoint.Config, task?.Head ?? FolderTasks.HeadOf(checkpoint, saved, preferred));
        try
        {
            LearningTask what = task
                ?? saved?.Task?.ToTask(folder, null, () => FolderTasks.OfVocabulary(network, folder))
                ?? FolderTasks.Of(network, folder);
            saved?.Head?.Build(network, what.Head, checkpoint.Family.Name);
            SavedAdapter.Attach(network, saved, seed);

            return new OpenedModel<TNetwork>(checkpoint.Family, network, what, checkpoint.Fill(network, seed), saved);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Builds a network of the modality, unfilled.</summary>
    /// <exception cref="InvalidDataException">The configuration is of another one.</exception>
    public static TNetwork Build(ConfigFamily family, ModelConfig config, HeadSpec head)
    {
        ConfigNetwork network = family.Build(config, head);
        if (network is TNetwork wanted)
        {
            return wanted;
        }

        network.Dispose();
        throw new InvalidDataException(
            $"'{config.Source}': {family.Name} is not a {typeof(TNetwork).Name}; call {Opening(network.GetType())}.");
    }

    private static string Opening(Type network)
        => typeof(SpeechNetwork).IsAssignableFrom(network) ? "Pretrained.Speech(folder)" : "Pretrained.Text(folder)";
}
