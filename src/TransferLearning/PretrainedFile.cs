using TorchSharp;

namespace TransferLearning;

/// <summary>From a checkpoint to a model: finds out what the file holds, builds the network to match, and fills it.</summary>
internal static class PretrainedFile
{
    public static TransferModel Load(ModelVariant variant, string path, WeightEntry? entry, PretrainedOptions options)
    {
        using ImageNetwork plain = variant.Build(options.Network);
        using StateDict state = StateDict.Open(path, new CheckpointOptions
        {
            KeyMap = options.KeyMap ?? plain.CheckpointNames,
            MapFile = options.MapFile ?? entry is not null,
            VerifyChecksums = entry is null, // the store has compared the whole file with its published hash
        });
        return LoadAs(variant, plain, state, entry, options);
    }

    /// <summary>
    /// Builds and fills a model from a checkpoint under this library's names or those of another that it knows. The plain network, built with
    /// the options, and the state stay the caller's.
    /// </summary>
    public static TransferModel LoadAs(ModelVariant variant, ImageNetwork plain, StateDict state, WeightEntry? entry, PretrainedOptions options)
    {
        using ForeignState? foreign = options.KeyMap is null ? ForeignState.Recognise(state, plain) : null;
        return foreign is null
            ? Load(variant, state, entry, options)
            : Load(variant, foreign.State, entry, options with { Network = foreign.Names.Options(options.Network) });
    }

    /// <summary>Builds and fills a model; the state stays the caller's.</summary>
    public static TransferModel Load(ModelVariant variant, StateDict state, WeightEntry? entry, PretrainedOptions options)
    {
        (ImageNetwork network, NetworkOptions built) = Build(variant, state, options.Network);
        try
        {
            WeightLoadReport report = Fill(network, state, options);
            ImagePreprocess preprocess = options.Preprocess ?? Resized(entry?.Preprocess ?? variant.Preprocess, options.Network.ImageSize);
            return new TransferModel(variant, built, network, built.Classes!.Value, preprocess) { LoadReport = report, Weights = entry };
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The file knows how many classes its classifier tells apart and whether it has auxiliary heads; a network built otherwise would throw
    /// them away or miss them.
    /// </summary>
    private static (ImageNetwork Network, NetworkOptions Options) Build(ModelVariant variant, StateDict state, NetworkOptions asked)
    {
        ImageNetwork network = variant.Build(asked);
        IWeightedLayer final = (IWeightedLayer)network.FinalLayer;
        int published = checked((int)final.Weight.size(0));
        bool hasHead = state.TryGet($"{network.FinalLayerName}.weight", out TensorEntry? classifier) && classifier.Shape.Count == final.Weight.dim();
        NetworkOptions options = asked with { Classes = asked.Classes ?? (hasHead ? checked((int)classifier!.Shape[0]) : published) };
        if (asked.AuxiliaryHeads is null && network.AuxiliaryHeads.Count > 0 && !network.AuxiliaryHeads.Any(name => state.TryGet($"{name}.weight", out _)))
        {
            options = options with { AuxiliaryHeads = false };
        }

        if (options.Classes != published || options.AuxiliaryHeads != asked.AuxiliaryHeads)
        {
            network.Dispose();
            network = variant.Build(options);
        }

        return (network, options);
    }

    private static WeightLoadReport Fill(ImageNetwork network, StateDict state, PretrainedOptions options)
    {
        IReadOnlyList<KeyValuePair<string, torch.Tensor>> targets = network.State();
        string head = $"{network.FinalLayerName}.";
        List<(string Name, torch.Tensor Value)> adapted = [];
        try
        {
            bool isComplete = true;
            foreach ((string name, torch.Tensor target) in targets)
            {
                if (!state.TryGet(name, out TensorEntry? stored))
                {
                    isComplete = false;
                }
                else if (!stored.Shape.SequenceEqual(target.shape))
                {
                    isComplete = false;
                    using torch.Tensor original = state.Read(name);
                    WeightLoading.RequireFinite(state.Source, name, original);
                    if ((network.AdaptState(name, original) ?? InputChannels(original, target)) is { } value)
                    {
                        adapted.Add((name, value.DetachFromDisposeScope()));
                    }
                }
            }

            if (!isComplete)
            {
                // What the file does not have must not stay unfilled memory.
                network.Initialize(options.Seed);
                NewHead.Fill(network.FinalLayer, HeadInitialization.Normal002, options.Seed);
            }

            WeightLoadReport report = state.LoadInto(
                targets,
                new LoadOptions { OptionalPrefixes = [head, .. adapted.Select(entry => entry.Name)], AllowPartial = options.AllowPartial });
            return Apply(adapted, targets, report);
        }
        finally
        {
            adapted.ForEach(entry => entry.Value.Dispose());
        }
    }

    private static WeightLoadReport Apply(
        List<(string Name, torch.Tensor Value)> adapted, IReadOnlyList<KeyValuePair<string, torch.Tensor>> targets, WeightLoadReport report)
    {
        if (adapted.Count == 0)
        {
            return report;
        }

        Dictionary<string, torch.Tensor> byName = new(targets);
        long all = targets.Sum(target => target.Value.numel());
        long added = 0;
        using (torch.no_grad())
        {
            foreach ((string name, torch.Tensor value) in adapted)
            {
                byName[name].copy_(value);
                added += value.numel();
            }
        }

        HashSet<string> names = [.. adapted.Select(entry => entry.Name)];
        return report with
        {
            Applied = [.. report.Applied, .. names],
            ShapeMismatches = [.. report.ShapeMismatches.Where(mismatch => !names.Contains(mismatch.Name))],
            Coverage = Math.Min(1, report.Coverage + ((double)added / all)),
        };
    }

    /// <summary>
    /// Filters for red, green and blue as filters for another number of channels: their sum for one channel, else repeated in turn and scaled so
    /// that pictures of equal channels give the same response.
    /// </summary>
    private static torch.Tensor? InputChannels(torch.Tensor stored, torch.Tensor target)
    {
        long channels = target.dim() == 4 ? target.size(1) : 0;
        bool differsInChannels = stored.dim() == 4 && stored.size(1) == 3 && channels != 3
            && stored.size(0) == target.size(0) && stored.size(2) == target.size(2) && stored.size(3) == target.size(3);
        if (!differsInChannels)
        {
            return null;
        }

        using DisposeScope scope = torch.NewDisposeScope();
        torch.Tensor turned = stored.index_select(1, torch.arange(channels).remainder(3));
        torch.Tensor result = channels == 1 ? stored.sum(1, keepdim: true) : turned.mul(3.0 / channels);
        return result.MoveToOuterDisposeScope();
    }

    private static ImagePreprocess Resized(ImagePreprocess preprocess, int? imageSize) => imageSize is not { } size || size == preprocess.Crop
        ? preprocess
        : preprocess with { Crop = size, Resize = (int)Math.Round((double)preprocess.Resize * size / preprocess.Crop) };
}
