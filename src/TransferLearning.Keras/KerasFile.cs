namespace TransferLearning.Keras;

/// <summary>From a file of Keras to a model.</summary>
internal static class KerasFile
{
    private const int NamesShown = 4;

    // VGG's last map, which its first dense layer sees laid out.
    private static readonly (long Height, long Width, long Channels) LastMap = (7, 7, 512);

    public static ImageModel Load(KerasArchitecture architecture, string path, PretrainedOptions options)
    {
        using KerasSource source = KerasSource.Open(path);
        List<KerasUnit> units = Present(architecture, source, options.AllowPartial);
        List<(string Layer, string Target)> dense = [.. architecture.Dense.Where(layer => source.Find(layer.Layer) is not null)];
        HashSet<string> backbone =
        [
            .. units.SelectMany(unit => new[] { unit.Layer, unit.NormLayer }).OfType<string>(),
            .. dense.Select(layer => layer.Layer),
        ];
        KerasHead head = KerasHead.Of(source, backbone);
        options = options with
        {
            Network = Network(architecture, source, units, options.Network),
            Preprocess = options.Preprocess ?? architecture.Preprocess,
            // A file without its top lacks VGG's inner dense layers too.
            AllowPartial = options.AllowPartial || dense.Count < architecture.Dense.Count,
        };
        using KerasConversion conversion = new(source);
        foreach (KerasUnit unit in units)
        {
            conversion.Add(unit, architecture.IsBlueFirst && unit == units[0]);
        }

        foreach ((string layer, string target) in dense)
        {
            conversion.AddDense(source.Find(layer)!, target, LastMap);
        }

        return Build(architecture, source, head, conversion, options);
    }

    private static ImageModel Build(
        KerasArchitecture architecture, KerasSource source, KerasHead head, KerasConversion conversion, PretrainedOptions options)
    {
        if (head.Final is { } final)
        {
            CheckInputs(architecture, source, head.Hidden.Count > 0 ? head.Hidden[0].Layer! : final, conversion);
            if (head.Hidden.Count == 0)
            {
                conversion.AddDense(final, architecture.FinalLayer);
            }
        }

        ImageModel model = Pretrained.Load(architecture.Name, State(conversion, source), options);
        try
        {
            return head.Hidden.Count == 0 ? model : WithHidden(model, head, conversion, source, options);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static ImageModel WithHidden(
        ImageModel model, KerasHead head, KerasConversion conversion, KerasSource source, PretrainedOptions options)
    {
        string name = model.Module.FinalLayerName;
        for (int i = 0; i < head.Hidden.Count; i++)
        {
            if (head.Hidden[i].Layer is { } dense)
            {
                conversion.AddDense(dense, $"{name}.{i}");
            }
        }

        string last = $"{name}.{head.Hidden.Count}";
        conversion.AddDense(head.Final!, last);
        int classes = checked((int)conversion.State[$"{last}.bias"].size(0));
        if (options.Network.Classes is { } asked && asked != classes)
        {
            return model;
        }

        model.ReplaceHead(classes, builder =>
        {
            for (int i = 0; i < head.Hidden.Count; i++)
            {
                KerasHeadLayer layer = head.Hidden[i];
                _ = layer.Kind switch
                {
                    HeadLayerKind.Linear => builder.Linear(checked((int)conversion.State[$"{name}.{i}.bias"].size(0))),
                    HeadLayerKind.Dropout => builder.Dropout(layer.Value),
                    HeadLayerKind.Relu => builder.Relu(),
                    HeadLayerKind.Gelu => builder.Gelu(),
                    _ => builder.Tanh(),
                };
            }
        });
        return model.LoadWeights(State(conversion, source), new LoadOptions { AllowPartial = options.AllowPartial });
    }

    private static StateDict State(KerasConversion conversion, KerasSource source)
        => StateDict.FromTensors(conversion.State, source: source.Path);

    private static void CheckInputs(KerasArchitecture architecture, KerasSource source, KerasLayer first, KerasConversion conversion)
    {
        long expected = architecture.HeadInputs
            ?? conversion.State.LastOrDefault(entry => entry.Key.EndsWith(".running_mean", StringComparison.Ordinal)).Value?.size(0) ?? 0;
        if (first.TryGet(KerasRole.Kernel, out KerasWeight? kernel) && kernel.Shape.Count >= 2 && kernel.Shape[^2] != expected)
        {
            throw source.Error(
                CheckpointErrorKind.BadGeometry,
                kernel.Place,
                $"The head takes {kernel.Shape[^2]} numbers; the features of {architecture.Name} that enter one are {expected}.",
                "Save the model without its head (include_top=False) and replace the head.");
        }
    }

    /// <summary>The units that the file has: all of them, unless less will do.</summary>
    private static List<KerasUnit> Present(KerasArchitecture architecture, KerasSource source, bool allowPartial)
    {
        List<KerasUnit> units = [.. architecture.Units(source)];
        List<string> absent = [.. Layers(units).Where(name => source.Find(name) is null)];
        units.RemoveAll(unit => source.Find(unit.Layer) is null || (unit.NormLayer is not null && source.Find(unit.NormLayer) is null));
        if (absent.Count == 0 || (allowPartial && units.Count > 0))
        {
            return units;
        }

        string[] others = [.. KerasArchitecture.All.Where(other => other != architecture && Layers(other.Units(source))
            .All(name => source.Find(name) is not null))
            .Select(other => other.Name)];
        throw source.Error(
            CheckpointErrorKind.MissingEntry,
            $"layer '{absent[0]}'",
            $"{absent.Count} layers of {architecture.Name} are absent, {string.Join(", ", absent.Take(NamesShown))} among them; the file "
                + $"has {source.Layers.Count} layers that begin with "
                + $"{string.Join(", ", source.Layers.Take(NamesShown).Select(layer => layer.Name))}.",
            others.Length > 0 ? $"It belongs to {others[0]}: load it as that." : "Load it as the network of Keras Applications that it "
                + "belongs to.");

        static IEnumerable<string> Layers(IEnumerable<KerasUnit> units)
            => units.SelectMany(unit => new[] { unit.Layer, unit.NormLayer }).OfType<string>();
    }

    private static NetworkOptions Network(KerasArchitecture architecture, KerasSource source, List<KerasUnit> units, NetworkOptions options)
    {
        options = architecture.Adapt(options);
        return architecture.Epsilon is { } published && options.BatchNormEpsilon is null
            ? options with { BatchNormEpsilon = Epsilon(source, units) ?? published(source) }
            : options;
    }

    /// <summary>What the file's own normalisations add to variances; null when it does not say.</summary>
    private static double? Epsilon(KerasSource source, List<KerasUnit> units)
    {
        HashSet<string> norms = [.. units.Select(unit => unit.NormLayer).OfType<string>()];
        double[] found =
        [
            .. source.Config?.Layers
                .Where(layer => norms.Contains(layer.Name))
                .Select(layer => layer.Number("epsilon"))
                .OfType<double>()
                .Distinct()
                ?? []
        ];
        return found.Length <= 1
            ? found.Length == 1 ? found[0] : null
            : throw source.Error(
                CheckpointErrorKind.BadHeader,
                "the configuration",
                $"Its batch normalisations have different epsilons ({string.Join(", ", found)}); a network here has one.",
                "Set NetworkOptions.BatchNormEpsilon to take one of them.");
    }
}
