namespace TransferLearning;

/// <summary>An adapter's weights, and the head, in files of the PEFT library's form where that has the method.</summary>
internal static class PeftAdapter
{
    private const string ConfigFile = "adapter_config.json";
    private const string WeightsFile = "adapter_model.safetensors";
    private const string DescriptionFile = "transferlearning.json";
    private static readonly Dictionary<string, string> TorchFormat = new() { ["format"] = "pt" };
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true };

    /// <summary>Writes one adapter of a network.</summary>
    public static void Save(string folder, Network network, NamedAdapter adapter, LearningTask task)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string? taskType = task switch
        {
            ClassTask or Regression when task.Head.Kind == HeadKind.Pooled => "SEQ_CLS",
            TokenClassification => "TOKEN_CLS",
            QuestionAnswering => "QUESTION_ANS",
            CausalLanguageModeling => "CAUSAL_LM",
            SequenceToSequence => "SEQ_2_SEQ_LM",
            _ => null,
        };
        string[] heads = [.. network.named_children().Select(child => child.name).Where(network.HeadNames.Contains)];
        bool storesInputsFirst = network.modules().Any(
            module => module is WeightLayer { StoresInputsFirst: true } layer && layer.Branches.Of(adapter.Name) is not null);
        Dictionary<string, object?> config = PeftConfig.Write(
            adapter.Options, taskType, heads, storesInputsFirst, AdapterPlan.Blocks(network));
        Directory.CreateDirectory(folder);
        using (PeftTensors tensors = new(network, adapter))
        using (StateDict weights = StateDict.FromTensors(tensors.Stored, TorchFormat))
        {
            weights.Save(Path.Combine(folder, WeightsFile), CheckpointFormat.SafeTensors);
        }

        ModelFolder.WriteText(Path.Combine(folder, DescriptionFile), new ModelDescription { Task = SavedTask.Of(task) }.ToJson());
        ModelFolder.WriteText(Path.Combine(folder, ConfigFile), JsonSerializer.Serialize(config, Json));
    }

    /// <summary>How the adapter's logits are scaled; null where it is not calibrated.</summary>
    public static LogitScaling? ReadScaling(string folder)
    {
        string path = Path.Combine(folder, DescriptionFile);
        return File.Exists(path) ? ModelDescription.Parse(path, File.ReadAllText(path)).Task!.Scaling : null;
    }

    /// <summary>The names of the classes that the adapter's head was trained for; null where it does not say them.</summary>
    /// <exception cref="ArgumentException">The model has other classes.</exception>
    public static IReadOnlyList<string>? ReadClassNames(string folder, LearningTask task)
    {
        string path = Path.Combine(folder, DescriptionFile);
        IReadOnlyList<string>? names = File.Exists(path) ? ModelDescription.Parse(path, File.ReadAllText(path)).Task!.ClassNames : null;
        if (names is null || task is not ClassTask classes)
        {
            return null;
        }

        return names.Count == classes.ClassCount && (!classes.HasClassNames || classes.ClassNames.ToHashSet().SetEquals(names))
            ? names
            : throw new ArgumentException(
                $"The adapter in '{folder}' was trained for the classes {Dataset.Shown(names)}, and the model has "
                    + $"{Dataset.Shown(classes.ClassNames)}. Call ReplaceHead({names.Count}) first, or take the adapter of this model.");
    }

    /// <summary>The kind of the adapter in a folder.</summary>
    public static AdapterOptions ReadPlan(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string path = Path.Combine(folder, ConfigFile);
        ModelConfig config = File.Exists(path)
            ? ModelConfig.FromFile(path)
            : throw new FileNotFoundException(
                $"'{folder}' has no {ConfigFile}; SaveAdapter and the PEFT library write one beside {WeightsFile}.", path);
        return PeftConfig.Read(config);
    }

    /// <summary>What an adapter with a head of its own is for.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="model">What the model that it is loaded into is for.</param>
    /// <param name="outputs">How many outputs the head has.</param>
    /// <exception cref="InvalidDataException">The head in the folder is none for a task of the model's kind.</exception>
    public static LearningTask ReadTask(string folder, LearningTask model, long outputs)
    {
        string path = Path.Combine(folder, DescriptionFile);
        LearningTask task = File.Exists(path) ? ModelDescription.Parse(path, File.ReadAllText(path)).Task!.ToTask(path, null, () => model)
            : model is Classification && outputs != model.Head.Outputs ? new Classification((int)outputs)
            : model;
        return task.Head.Kind == model.Head.Kind && (task.Head.Outputs == outputs || task.Head.Kind == HeadKind.Vocabulary)
            ? task
            : throw new InvalidDataException(
                $"The adapter in '{folder}' has a head of {outputs} outputs for {task.Name}, and the model is for {model.Name}. Load it "
                    + "into a model for its own task.");
    }

    /// <summary>How many outputs the head in a folder has; null where there is none.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="layer">The name of the layer that gives the outputs.</param>
    public static long? ReadHeadOutputs(string folder, string layer)
    {
        using StateDict state = StateDict.Open(
            Path.Combine(folder, WeightsFile), new CheckpointOptions { KeyMap = PeftTensors.Names });
        return state.Entries.FirstOrDefault(entry => entry.Name == $"{layer}.weight") is { Shape: [long outputs, ..] } ? outputs : null;
    }

    /// <summary>Fills an adapter that the network has, and its head where the folder has one.</summary>
    public static void Load(string folder, Network network, NamedAdapter adapter)
    {
        using StateDict state = StateDict.Open(
            Path.Combine(folder, WeightsFile), new CheckpointOptions { KeyMap = PeftTensors.Names });
        using PeftTensors tensors = new(network, adapter);
        Dictionary<string, torch.Tensor> own = new(tensors.Entries);
        foreach (TensorEntry entry in state.Entries)
        {
            if (!own.TryGetValue(entry.Name, out torch.Tensor? target))
            {
                throw new InvalidDataException(
                    $"'{folder}' holds '{entry.Name}', for which this {network.GetName()} has no place. Choose the network and the task "
                        + "that the adapter was trained for.");
            }

            if (!entry.Shape.SequenceEqual(target.shape))
            {
                throw new InvalidDataException(
                    $"'{entry.Name}' in '{folder}' has the shape [{string.Join(", ", entry.Shape)}] and the network's has "
                        + $"[{string.Join(", ", target.shape)}]: "
                    + "the trained weights would be lost. Give the network as many classes as the adapter was trained with.");
            }
        }

        state.LoadInto(
            [.. own],
            new LoadOptions
            {
                OptionalPrefixes =
                [
                    .. network.HeadNames.Where(name => !state.Entries.Any(entry => new NetworkStage(name).Holds(entry.Name)))
                ],
            });
        tensors.Apply();
    }
}
