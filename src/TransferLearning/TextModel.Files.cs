using TorchSharp;
using static TorchSharp.torch;

namespace TransferLearning;

public sealed partial class TextModel
{
    /// <summary>Loads a model that <see cref="Save"/> wrote, or a folder of Hugging Face's.</summary>
    /// <param name="folder">The folder. Its files are read as data; nothing in them can run.</param>
    /// <param name="mapFile">Whether the network looks into the weights' file instead of copying it: <see cref="CheckpointOptions.MapFile"/>.</param>
    /// <returns>The model, on the processor; the caller disposes it.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">A file is missing; the message says what was looked for.</exception>
    /// <exception cref="InvalidDataException">A file is unsound, or the files do not belong together.</exception>
    /// <exception cref="CheckpointException">The weights are damaged.</exception>
    /// <exception cref="WeightLoadException">The weights do not fill the network.</exception>
    public static TextModel Load(string folder, bool mapFile = false) => Open(folder, null, null, 0, mapFile);

    /// <summary>
    /// Writes the whole model into a folder: configuration, weights, low-rank additions, tokenizer, labels, what is frozen. Python reads it too,
    /// but for the additions. Each file appears only when it is complete.
    /// </summary>
    /// <param name="folder">The folder; made if it does not exist.</param>
    /// <exception cref="FileNotFoundException">The tokenizer's files that the model was loaded with are gone.</exception>
    /// <exception cref="IOException">A file could not be written; an older one of that name is untouched.</exception>
    public void Save(string folder)
    {
        ThrowIfDisposed();
        TextModelFolder.Write(folder, SavedConfig(), Module.State(), _tokenizerFolder);
        TextModelFolder.WriteDescription(folder, new TextModelFolder.Description(
            [.. Module.named_parameters().Where(entry => !entry.parameter.requires_grad).Select(entry => entry.name)], MaximumLength, RefusesLonger, _layerDecay, Lora));
    }

    /// <summary>
    /// Writes a folder as Hugging Face's tools do, so that <c>from_pretrained</c> in Python reads it: low-rank additions folded in, nothing of
    /// this library's own. The model does not change.
    /// </summary>
    /// <param name="folder">The folder; made if it does not exist.</param>
    /// <param name="halfPrecision">Whether weights are written in float16, in half the space; they are read back as float32. Default: false.</param>
    /// <exception cref="FileNotFoundException">The tokenizer's files that the model was loaded with are gone.</exception>
    /// <exception cref="IOException">A file could not be written; an older one of that name is untouched.</exception>
    public void SavePretrained(string folder, bool halfPrecision = false)
    {
        ThrowIfDisposed();
        using DisposeScope scope = NewDisposeScope();
        using IDisposable guard = no_grad();
        List<KeyValuePair<string, Tensor>> state = [.. LoraPlan.Merged(Module)];
        if (halfPrecision)
        {
            state = [.. state.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.is_floating_point() ? entry.Value.to(ScalarType.Float16) : entry.Value))];
        }

        TextModelFolder.Write(folder, SavedConfig().With("torch_dtype", halfPrecision ? "float16" : "float32"), state, _tokenizerFolder);
    }

    /// <summary>
    /// Writes only what was trained beside the frozen network: the low-rank additions and the head, in the form of the PEFT library
    /// (<c>adapter_config.json</c>, <c>adapter_model.safetensors</c>).
    /// </summary>
    /// <param name="folder">The folder; made if it does not exist.</param>
    /// <exception cref="InvalidOperationException">The network has no additions.</exception>
    public void SaveAdapter(string folder)
    {
        ThrowIfDisposed();
        if (Lora is null)
        {
            throw new InvalidOperationException("The network has no low-rank additions to save; call WithLora before training, or Save for the whole model.");
        }

        TextAdapter.Save(folder, Module, Lora);
    }

    /// <summary>Takes up what <see cref="SaveAdapter"/> or the PEFT library wrote: additions, and the head where it is there.</summary>
    /// <param name="folder">The folder.</param>
    /// <returns>This model, with everything but additions and head frozen.</returns>
    /// <exception cref="InvalidOperationException">The network has additions already.</exception>
    /// <exception cref="WeightLoadException">The additions do not fit the network; it has none then.</exception>
    public TextModel LoadAdapter(string folder)
    {
        ThrowIfDisposed();
        WithLora(TextAdapter.ReadPlan(folder));
        try
        {
            TextAdapter.Load(folder, Module);
            return this;
        }
        catch
        {
            RemoveLora();
            throw;
        }
    }

    internal static TextModel Open(string folder, string? modelType, TextTask? task, long seed, bool mapFile = false)
    {
        using HuggingFaceFolder checkpoint = HuggingFaceFolder.Open(folder, mapFile);
        if (modelType is not null && !checkpoint.Family.ModelTypes.Contains(modelType))
        {
            throw new InvalidDataException(
                $"'{folder}' holds a network of the type '{checkpoint.Config.ModelType}', and '{modelType}' was asked for; call Pretrained.Text(folder), which takes any known type.");
        }

        // A language model's head is only taken along where it is asked for: what most want of such a checkpoint is the backbone.
        TextTask saved = checkpoint.Task is { } known && (known != TextTask.MaskedLanguageModel || TextModelFolder.HasDescription(folder)) ? known : TextTask.Features;
        TextTokenizer tokenizer = TextTokenizer.FromFolder(folder);
        TextModelFolder.Description? description = TextModelFolder.ReadDescription(folder);
        return Owning(checkpoint.Family.Build(checkpoint.Config, task ?? saved, checkpoint.Config.LabelCount), network =>
        {
            if (description?.Lora is { } lora)
            {
                LoraPlan.Attach(network, lora, seed);
            }

            WeightLoadReport report = checkpoint.Fill(network, seed);
            TextModel model = new(checkpoint.Family, network, tokenizer, folder, folder) { LoadReport = report };
            model._fresh.UnionWith(report.Missing);
            if (description is not null)
            {
                HashSet<string> frozen = [.. description.Frozen];
                (model.MaximumLength, model.RefusesLonger, model._layerDecay, model.Lora) =
                    (Math.Min(description.MaximumLength, model.MaximumLength), description.RefusesLonger, description.LayerDecay, description.Lora);
                model.SetTrainable(name => !frozen.Contains(name));
            }

            return model;
        });
    }

    private ModelConfig SavedConfig()
    {
        ModelConfig config = Module.Config.With("architectures", new[] { _family.ArchitectureName(Task) });
        return Task switch
        {
            TextTask.SequenceClassification => config.WithLabels(LabelNames).With("problem_type", Problem switch
            {
                TextProblem.MultipleLabels => "multi_label_classification",
                TextProblem.Regression => "regression",
                _ => "single_label_classification",
            }),
            TextTask.TokenClassification => config.WithLabels(LabelNames),
            _ => config,
        };
    }
}
