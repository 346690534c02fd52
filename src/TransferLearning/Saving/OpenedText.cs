namespace TransferLearning;

/// <summary>A folder of Hugging Face's form, or of this library's, as network, task and tokenizer.</summary>
/// <param name="Family">The kind of network.</param>
/// <param name="Network">The network, filled; the caller disposes it.</param>
/// <param name="Task">What it is for.</param>
/// <param name="Tokenizer">What turns texts into tokens.</param>
/// <param name="Report">What became of each weight.</param>
/// <param name="Saved">What this library saved beside the weights; null for a folder from elsewhere.</param>
internal sealed record OpenedText(
    ConfigFamily Family, TextNetwork Network, LearningTask Task, TextTokenizer Tokenizer, WeightLoadReport Report, ModelDescription? Saved)
{
    /// <summary>Opens a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="modelType">The type of network that the caller expects; null for any.</param>
    /// <param name="task">The task that the caller wants; null for what the folder says.</param>
    /// <param name="seed">What fixes weights that are not there.</param>
    /// <param name="mapFile">Whether the network looks into the file of weights.</param>
    /// <param name="preferred">The kind of head preferred to what the configuration says; null for none.</param>
    /// <exception cref="InvalidDataException">It is another type of network, or none for texts.</exception>
    public static OpenedText Open(string folder, string? modelType, LearningTask? task, long seed, bool mapFile, HeadKind? preferred)
    {
        using HuggingFaceFolder checkpoint = HuggingFaceFolder.Open(folder, mapFile);
        if (modelType is not null && !checkpoint.Family.ModelTypes.Contains(modelType))
        {
            throw new InvalidDataException(
                $"'{folder}' holds a network of the type '{checkpoint.Config.ModelType}', and '{modelType}' was asked for; "
                + "call Pretrained.Text(folder), which takes any known type.");
        }

        TextTokenizer tokenizer = TextTokenizer.FromFolder(folder);
        ModelDescription? saved = TextModelFolder.ReadDescription(folder);
        TextNetwork network = Build(checkpoint.Family, checkpoint.Config, task?.Head ?? TextTasks.HeadOf(checkpoint, saved, preferred));
        try
        {
            LearningTask what = task ?? saved?.Task?.ToTask(folder, null, () => TextTasks.OfVocabulary(network)) ?? TextTasks.Of(network);
            saved?.Head?.Build(network, what.Head, checkpoint.Family.Name);
            if (saved?.Lora is { } lora)
            {
                LoraPlan.Attach(network, lora, seed);
            }

            return new OpenedText(checkpoint.Family, network, what, tokenizer, checkpoint.Fill(network, seed), saved);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>Builds a network for texts, unfilled.</summary>
    /// <exception cref="InvalidDataException">The configuration is of another kind.</exception>
    public static TextNetwork Build(ConfigFamily family, ModelConfig config, HeadSpec head)
    {
        ConfigNetwork network = family.Build(config, head);
        if (network is TextNetwork text)
        {
            return text;
        }

        network.Dispose();
        throw new InvalidDataException($"'{config.Source}': a {network.GetName()} is not a network for texts.");
    }

    /// <summary>The configuration as it is saved with a task.</summary>
    public static ModelConfig ConfigOf(ConfigFamily family, TextNetwork network, LearningTask task)
    {
        ModelConfig config = network.Config.With("architectures", new[] { family.ArchitectureName(task.Head.Kind) });
        config = task is ClassTask classes
            ? config.WithLabels(
                classes.HasClassNames ? classes.ClassNames : [.. Enumerable.Range(0, classes.ClassCount).Select(i => $"LABEL_{i}")])
            : config;
        return task switch
        {
            Classification => config.With("problem_type", "single_label_classification"),
            MultiLabelClassification => config.With("problem_type", "multi_label_classification"),
            Regression => config.WithLabels(["LABEL_0"]).With("problem_type", "regression"),
            _ => config,
        };
    }
}
