namespace TransferLearning;

/// <summary>From a checkpoint to a network: finds out what the file holds, builds the network to match, once, and fills it.</summary>
internal static class PretrainedFile
{
    /// <summary>Reads a checkpoint under this library's names or those of another that it knows.</summary>
    public static PretrainedNetwork Open(ModelVariant variant, string path, WeightEntry? entry, PretrainedOptions options)
    {
        using StateDict state = LibTorch.LoadDuring(() => StateDict.Open(path, new CheckpointOptions
        {
            KeyMap = options.KeyMap,
            MapFile = options.MapFile ?? entry is not null,
            VerifyChecksums = entry is null, // the store has compared the whole file with its published hash
        }));
        return Read(variant, state, entry, options, path);
    }

    /// <summary>
    /// The same with weights that are open already. The state stays the caller's; with a key map in the options its names are the
    /// network's.
    /// </summary>
    public static PretrainedNetwork Read(
        ModelVariant variant, StateDict state, WeightEntry? entry, PretrainedOptions options, string? path = null)
    {
        ForeignNames? foreignNames = options.KeyMap is null ? ForeignState.Recognise(variant.Name, state) : null;
        NetworkOptions asked = foreignNames?.Options(options.Network) ?? options.Network;
        bool lacksAuxiliary = asked.AuxiliaryHeads is null
            && variant.AuxiliaryHeads.Count > 0
            && !variant.AuxiliaryHeads.Any(name => state.TryGet($"{name}.weight", out _));
        asked = lacksAuxiliary ? asked with { AuxiliaryHeads = false } : asked;
        ImageNetwork network = variant.Build(asked);
        try
        {
            using ForeignState? foreign = foreignNames is null ? null : new ForeignState(foreignNames, state, network);
            StateDict own = foreign?.State ?? (options.KeyMap is null ? state.Renamed(network.CheckpointNames) : state);
            int classes = FitHead(variant, ref network, own, asked);
            bool isRecognised = entry is null && path is not null && own.TryGet($"{network.FinalLayerName}.weight", out _);
            Task<IReadOnlyList<string>?> names = isRecognised // of all its bytes, meanwhile
                ? Task.Run(() => ClassNameList.Recognise(variant.Name, path!, classes))
                : Task.FromResult<IReadOnlyList<string>?>(null);
            WeightLoadReport report;
            try
            {
                report = Fill(network, own, options);
            }
            finally
            {
                _ = Task.WaitAny(names); // the file is closed by then, whatever came of it
            }

            ImagePreprocess preprocess = options.Preprocess ?? Resized(entry?.Preprocess ?? variant.Preprocess, options.Network.ImageSize);
            return new PretrainedNetwork(network, asked with { Classes = classes }, preprocess, report, names.GetAwaiter().GetResult());
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <summary>The file knows how many classes its classifier has; a head of another size would throw it away.</summary>
    /// <returns>The number of classes.</returns>
    private static int FitHead(ModelVariant variant, ref ImageNetwork network, StateDict state, NetworkOptions asked)
    {
        (string name, TorchSharp.Modules.Parameter weight) = network.FinalLayer
            .named_parameters()
            .LastOrDefault(entry => entry.parameter.dim() >= 2);
        if (weight is null)
        {
            throw new InvalidOperationException(
                $"The layer '{network.FinalLayerName}' of {network.GetName()}, which gives the outputs, has no weight matrix.");
        }

        int built = checked((int)weight.size(0));
        bool isThere = state.TryGet($"{network.FinalLayerName}.{name}", out TensorEntry? classifier)
            && classifier.Shape.Count == weight.dim();
        int classes = asked.Classes ?? (isThere ? checked((int)classifier!.Shape[0]) : built);
        if (classes != built && name == nameof(weight))
        {
            network.ResetHead(new HeadSpec(HeadKind.Pooled, classes));
        }
        else if (classes != built)
        {
            // A head of several layers of a program's own, of which only its builder knows the last one.
            network.Dispose();
            network = variant.Build(asked with { Classes = classes });
        }

        return classes;
    }

    private static WeightLoadReport Fill(ImageNetwork network, StateDict state, PretrainedOptions options)
    {
        IReadOnlyList<KeyValuePair<string, torch.Tensor>> targets = network.State();
        string head = $"{network.FinalLayerName}.";
        List<(string Name, torch.Tensor Value)> adapted = [];
        try
        {
            List<string> lacking = [];
            foreach ((string name, torch.Tensor target) in targets)
            {
                if (!state.TryGet(name, out TensorEntry? stored))
                {
                    lacking.Add(name);
                }
                else if (!stored.Shape.SequenceEqual(target.shape))
                {
                    lacking.Add(name);
                    using torch.Tensor original = state.Read(name);
                    WeightLoading.RequireFinite(state.Source, name, original);
                    if ((network.AdaptState(name, original) ?? InputChannels(original, target)) is { } value)
                    {
                        adapted.Add((name, value.DetachFromDisposeScope()));
                    }
                }
            }

            if (lacking.Count > 0)
            {
                // What the file does not have must not stay unfilled memory.
                network.InitializeOwnersOf(options.Seed, lacking);
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

    /// <summary>Filters for red, green and blue as filters for another number of channels: their sum for one channel, else repeated in turn
    /// and scaled so that images of equal channels give the same response.</summary>
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
        torch.Tensor turned = stored.index_select(1, Scalars.Range(0, channels, torch.int64).Remainder(3));
        torch.Tensor result = channels == 1 ? stored.sum(1, keepdim: true) : turned.Multiply(3.0 / channels);
        return result.MoveToOuterDisposeScope();
    }

    private static ImagePreprocess Resized(ImagePreprocess preprocess, int? imageSize) => imageSize is not { } size
        || size == preprocess.Crop
        ? preprocess
        : preprocess with { Crop = size, Resize = (int)Math.Round((double)preprocess.Resize * size / preprocess.Crop) };
}
