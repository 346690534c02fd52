using System.CommandLine;
using System.CommandLine.Completions;
using TransferLearning.Keras;

namespace TransferLearning.Cli;

/// <summary>The options that say with which network a run begins.</summary>
internal sealed class ModelOptions
{
    private readonly Option<string> _model = new("--model")
    {
        Description = "A name that tl models lists; a folder of Hugging Face's form for texts and sounds; or a model that this tool saved.",
        DefaultValueFactory = _ => "resnet18",
        HelpName = "model", // and not the whole catalogue, which completes it
    };

    private readonly Option<string?> _weights = new("--weights")
    {
        Description = "A checkpoint of that network: .pth, .safetensors, a sharded set's index, Keras's .h5 or .keras. Default: the "
            + "published weights, downloaded once.",
    };

    private readonly Option<bool> _fromScratch = new("--from-scratch") { Description = "Begin with random weights, to compare." };
    private readonly Option<long> _seed = new("--seed")
    {
        Description = "Fixes every draw: division of the data, new head, order, augmentation.",
    };
    private readonly Option<bool> _gpu = new("--gpu") { Description = "Use the first CUDA GPU; tl doctor says whether there is one." };

    public ModelOptions(SettingList settings)
    {
        settings.Add(_model);
        settings.Add(_weights);
        settings.Add(_fromScratch);
        settings.Add(_seed);
        settings.Add(_gpu);
        _model.CompletionSources.Add(_ => ModelCatalog.Variants.Select(variant => new CompletionItem(variant.Name)));
    }

    /// <summary>What fixes every draw.</summary>
    public long Seed(ParseResult line) => line.GetValue(_seed);

    /// <summary>Opens the network and gives it the head that the samples need.</summary>
    /// <returns>The model; the caller disposes it.</returns>
    public TransferModel Open(ParseResult line, DataSource source, Dataset dataset, CancellationToken cancellationToken)
    {
        string name = line.GetValue(_model)!;
        string? weights = line.GetValue(_weights);
        bool isFresh = line.GetValue(_fromScratch);
        bool isSaved = File.Exists(name) || Directory.Exists(name);
        if (weights is not null && (isFresh || isSaved))
        {
            throw new UsageException("--weights names the file of a network of the catalogue: leave it, or --from-scratch, out.");
        }

        TransferModel model = OpenNetwork(name, weights, isFresh, isSaved, source, dataset, Seed(line), cancellationToken);
        try
        {
            if (source.Kind == DataKind.Sounds && model is ImageModel { Spectrograms: null } images)
            {
                images.OnSpectrograms();
            }

            FitHead(model, source.Columns, dataset, isSaved, Seed(line));
            return line.GetValue(_gpu) ? model.To(Device.Cuda()) : model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static TransferModel OpenNetwork(
        string name, string? weights, bool isFresh, bool isSaved, DataSource source, Dataset dataset, long seed,
        CancellationToken cancellationToken)
    {
        if (!isFresh)
        {
            return isSaved ? TransferModel.Load(name)
                : IsKeras(weights) ? KerasPretrained.Load(name, weights!)
                : Pretrained.Load(name, weights, cancellationToken: cancellationToken);
        }

        if (!Directory.Exists(name))
        {
            return TransferModel.Create(name, Math.Max(dataset.ClassNames.Count, 1), seed);
        }

        ModelConfig config = ModelConfig.FromFile(Path.Combine(name, "config.json"));
        return source.Kind == DataKind.Sounds
            ? SpeechModel.Create(config, seed: seed)
            : TextModel.Create(config, name, new Classification(dataset.ClassNames), seed);
    }

    private static void FitHead(TransferModel model, DataColumns columns, Dataset dataset, bool isSaved, long seed)
    {
        if (columns.Target is not null)
        {
            model.For(new Regression(), seed: seed);
        }
        else if (columns.LabelSeparator is not null)
        {
            model.For(new MultiLabelClassification(dataset.ClassNames), seed: seed);
        }
        else if (!(isSaved && dataset.ClassNames.ToHashSet().SetEquals(model.ClassNames)))
        {
            model.ReplaceHead(dataset.ClassNames, seed: seed);
        }
    }

    public static bool IsKeras(string? path)
        => path is not null && Path.GetExtension(path).ToUpperInvariant() is ".H5" or ".HDF5" or ".KERAS";
}
