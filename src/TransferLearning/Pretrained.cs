namespace TransferLearning;

/// <summary>Networks that others trained on much data: one method for each architecture of the catalogue.</summary>
/// <remarks>Without a path the published weights are looked for in the folder that <c>TRANSFERLEARNING_HOME</c> names and in PyTorch's own
/// cache, and downloaded if they are in neither. Every method returns a model that the caller disposes.</remarks>
public static partial class Pretrained
{
    /// <summary>Loads a network by its name.</summary>
    /// <param name="architecture">A name of <see cref="ModelCatalog"/>: <c>resnet18</c>.</param>
    /// <param name="path">A checkpoint of the caller's (<c>.pth</c>, <c>.th</c>, <c>.safetensors</c>, a sharded set's index); null for the
    /// published weights.</param>
    /// <param name="options">Which published set, and more; null means the defaults.</param>
    /// <param name="cancellationToken">Ends a download; what is there of it is kept for the next try.</param>
    /// <returns>The model, on the CPU, with everything trainable. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">There is no such architecture or published set.</exception>
    /// <exception cref="CheckpointException">The file is damaged or no checkpoint.</exception>
    /// <exception cref="WeightLoadException">The file does not fill the backbone: it belongs to another architecture.</exception>
    /// <exception cref="IOException">The weights are not on this machine and could not be downloaded; the message says where to put
    /// them.</exception>
    public static ImageModel Load(
        string architecture, string? path = null, PretrainedOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new PretrainedOptions();
        ModelVariant variant = ModelCatalog.Get(architecture);
        WeightEntry? entry = path is null ? Entry(variant, options.Weights) : null;
        path ??= new WeightStore(options.Store).GetFile(entry!, options.Progress, cancellationToken);
        return Model(variant, PretrainedFile.Open(variant, path, entry, options), options, entry);
    }

    /// <summary>Loads a network with weights that were read already, such as those of a file of another program's form.</summary>
    /// <param name="architecture">A name of the catalogue.</param>
    /// <param name="weights">The weights under this library's names; it stays the caller's.</param>
    /// <param name="options">What differs; null for the defaults.</param>
    /// <returns>The model, on the CPU, with everything trainable. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">There is no such architecture, or an option has no meaning for it.</exception>
    /// <exception cref="WeightLoadException">The weights do not fill the backbone: they belong to another architecture.</exception>
    public static ImageModel Load(string architecture, StateDict weights, PretrainedOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ModelVariant variant = ModelCatalog.Get(architecture);
        return Model(variant, PretrainedFile.Read(variant, weights, null, options ?? new PretrainedOptions()), options, null);
    }

    private static ImageModel Model(ModelVariant variant, PretrainedNetwork built, PretrainedOptions? options, WeightEntry? entry)
    {
        ImageModel model = new(variant, built.Options, built.Network, new Classification(built.Options.Classes!.Value), built.Preprocess)
        {
            LoadReport = built.Report,
            Weights = entry,
            HasUntrainedHead = options is not { AllowUntrainedHead: true } && built.Report.Missing.Any(built.Network.IsInHead),
        };

        // A classifier that came from a published file has names; those of any other file are not guessed.
        if (built.Report.Applied.Contains($"{built.Network.FinalLayerName}.weight")
            && (entry is not null ? entry.ClassNames : built.FileNames) is { } names
            && names.Count == model.Classes)
        {
            model.SetClassNames(names);
        }

        return model;
    }

    /// <summary>The same as <see cref="Load(string, string?, PretrainedOptions?, CancellationToken)"/>, off the calling thread.</summary>
    public static Task<ImageModel> LoadAsync(
        string architecture, string? path = null, PretrainedOptions? options = null, CancellationToken cancellationToken = default)
        => Task.Run(() => Load(architecture, path, options, cancellationToken), cancellationToken);

    private static WeightEntry Entry(ModelVariant variant, string? name)
    {
        IReadOnlyList<WeightEntry> published = variant.Weights;
        if (published.Count == 0)
        {
            throw new ArgumentException(
                $"No weights of {variant.Name} are published that this library knows. Give the path of a checkpoint, or train from "
                    + "scratch with TransferModel.Create.");
        }

        return name is null
            ? published[^1]
            : published.FirstOrDefault(entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
                ?? throw new ArgumentException(
                    $"{variant.Name} has no published weights '{name}'; it has "
                        + $"{string.Join(", ", published.Select(entry => entry.Name))}.");
    }
}
