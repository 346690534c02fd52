using System.Text.Json.Serialization;

namespace TransferLearning;

/// <summary>
/// What a saved model says beside its weights, whatever its modality and the form of its files: how to rebuild it, and what of it is
/// frozen.
/// </summary>
internal sealed record ModelDescription
{
    public const int CurrentVersion = 2;

    private static readonly JsonSerializerOptions Json = new()
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
        MaxDepth = 32,
    };

    public int Version { get; init; } = CurrentVersion;

    /// <summary>The architecture's name in the catalogue; null where a configuration beside the weights says what to build.</summary>
    public string? Architecture { get; init; }

    /// <summary>What differs from the published network.</summary>
    public NetworkOptions? Options { get; init; }

    /// <summary>The head of a module of the caller's own, which the architecture names; null for those of the catalogue.</summary>
    public string? WrappedHead { get; init; }

    /// <summary>How images are preprocessed.</summary>
    public ImagePreprocess? Preprocess { get; init; }

    /// <summary>The codec that image files were decoded with; null for the default one.</summary>
    public string? Codec { get; init; }

    /// <summary>The assembly of that codec.</summary>
    public string? CodecPackage { get; init; }

    /// <summary>How sounds become images, for a network for images.</summary>
    public LogMelImage? Spectrograms { get; init; }

    /// <summary>How sounds are preprocessed.</summary>
    public AudioPreprocess? Sound { get; init; }

    /// <summary>The most tokens of a text.</summary>
    public int? MaximumLength { get; init; }

    /// <summary>Whether longer texts are refused.</summary>
    public bool RefusesLonger { get; init; }

    /// <summary>What is put before every text that is read.</summary>
    public string? SourcePrefix { get; init; }

    /// <summary>What the model is for.</summary>
    public SavedTask? Task { get; init; }

    /// <summary>The layers of a head that was put together or extended.</summary>
    public HeadPlan? Head { get; init; }

    /// <summary>Low-rank weights beside the network's, in files from before there were other adapters.</summary>
    public LoraOptions? Lora { get; init; }

    /// <summary>The adapters, in the order in which the network got them; null for none.</summary>
    public IReadOnlyList<SavedAdapter>? Adapters { get; init; }

    /// <summary>The adapter in use.</summary>
    public string? UsedAdapter { get; init; }

    /// <summary>The names of frozen parameters.</summary>
    public IReadOnlyList<string> Frozen { get; init; } = [];

    /// <summary>Whether frozen batch norms keep their statistics.</summary>
    public bool FreezesStatistics { get; init; } = true;

    /// <summary>The factor between the learning rates of one stage and the next.</summary>
    public double? LayerDecay { get; init; }

    /// <summary>Whether the head was drawn and never trained.</summary>
    public bool HasUntrainedHead { get; init; }

    /// <summary>In which number type it predicts.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public Precision Precision { get; init; }

    public string ToJson()
    {
        JsonText.RequireReflection();
        return JsonSerializer.Serialize(this with { Version = CurrentVersion }, Json);
    }

    /// <summary>Refuses to save what cannot be used.</summary>
    /// <exception cref="InvalidOperationException">A weight is NaN or infinite; the message names it.</exception>
    public static void RequireFinite(Network network)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable guard = torch.no_grad();
        foreach ((string name, torch.Tensor tensor) in network.State().Where(entry => entry.Value.is_floating_point()))
        {
            if (!tensor.isfinite().all().item<bool>())
            {
                throw new InvalidOperationException(
                    $"'{name}' holds NaN or infinity, so the model is not saved. Train again with a smaller learning rate or clipped "
                        + "gradients, from weights that are sound.");
            }
        }
    }

    /// <summary>Reads a description.</summary>
    /// <param name="source">The file, for errors.</param>
    /// <param name="text">The JSON.</param>
    /// <exception cref="InvalidDataException">It is damaged or of a later version.</exception>
    public static ModelDescription Parse(string source, string text)
    {
        JsonText.RequireReflection();
        try
        {
            ModelDescription description = JsonSerializer.Deserialize<ModelDescription>(text, Json)
                ?? throw new JsonException("it is empty");
            if (description.Version != CurrentVersion)
            {
                throw new InvalidDataException(
                    $"'{source}' is a saved model of version {description.Version}; this library reads version {CurrentVersion}. Use the "
                        + "package that wrote it, or train again.");
            }

            bool isSound = description.Frozen is not null
                && description.Task is { Kind: not null, Classes: >= 0 }
                && description.Lora is null or { Rank: > 0, Targets: not null }
                && (description.Adapters ?? []).All(adapter => adapter is { Name: not null, Options: not null, HeadOutputs: null or > 0 });
            foreach (SavedAdapter adapter in isSound ? SavedAdapter.In(description) : [])
            {
                NetworkAdapters.CheckName(adapter.Name);
                adapter.Options.Validate();
            }

            return isSound ? description : throw new JsonException("a value is missing");
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            throw new InvalidDataException(
                $"'{source}': the description of the saved model is damaged ({exception.Message}). Save the model again.", exception);
        }
    }
}
