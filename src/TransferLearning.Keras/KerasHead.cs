namespace TransferLearning.Keras;

/// <summary>What stands after the backbone in a file.</summary>
/// <param name="Hidden">The layers before the last one; empty for the usual single layer.</param>
/// <param name="Final">The layer that gives the logits; null when the file ends with the backbone.</param>
internal sealed record KerasHead(IReadOnlyList<KerasHeadLayer> Hidden, KerasLayer? Final)
{
    /// <summary>Finds the head of a file.</summary>
    /// <param name="source">The file.</param>
    /// <param name="backbone">The names of the layers that belong to the backbone.</param>
    /// <exception cref="CheckpointException">It is made of parts that a head here cannot have, or the file does not say how it is put
    /// together.</exception>
    public static KerasHead Of(KerasSource source, IReadOnlySet<string> backbone)
    {
        KerasLayer[] dense = [.. source.Layers.Where(layer => !backbone.Contains(layer.Name))];
        if (dense.FirstOrDefault(layer => !layer.HasKernel) is { } other)
        {
            throw Unknown(source, other.Name, "a layer with weights that is not dense");
        }

        if (source.Config is { } config && config.Layers.FirstOrDefault(layer => layer.Kind == "GlobalMaxPooling2D") is { } pooling)
        {
            throw Unknown(source, pooling.Name, "a pooling by the largest value");
        }

        if (dense.Length <= 1)
        {
            return new KerasHead([], dense.SingleOrDefault());
        }

        return source.Config is { } order
            ? new KerasHead(Between(source, order, dense), dense[^1])
            : throw source.Error(
                CheckpointErrorKind.MissingEntry,
                $"layer '{dense[1].Name}'",
                $"After the backbone stand {string.Join(", ", dense.Select(layer => layer.Name))}, and a file of weights alone does not "
                    + "say what lies between them.",
                "Save the whole model with model.save('name.h5').");
    }

    /// <summary>All steps from the first dense layer to the one before the last.</summary>
    private static List<KerasHeadLayer> Between(KerasSource source, KerasConfig config, KerasLayer[] dense)
    {
        List<KerasHeadLayer> steps = [];
        int found = 0;
        foreach (
            KerasConfigLayer layer in config.Layers.SkipWhile(layer => layer.Name != dense[0].Name)
                .TakeWhile(layer => layer.Name != dense[^1].Name))
        {
            if (found < dense.Length - 1 && layer.Name == dense[found].Name && layer.Kind == "Dense")
            {
                steps.Add(new KerasHeadLayer(HeadLayerKind.Linear, Layer: dense[found++]));
                steps.AddRange(Activation(source, layer));
            }
            else
            {
                steps.AddRange(layer.Kind switch
                {
                    "Dropout" => [new KerasHeadLayer(HeadLayerKind.Dropout, layer.Number("rate") ?? 0)],
                    "Activation" => Activation(source, layer),
                    "ReLU" when layer.Number("max_value") is null
                        && layer.Number("negative_slope") is null or 0
                        && layer.Number("threshold") is null or 0
                        => [new KerasHeadLayer(HeadLayerKind.Relu)],
                    _ => throw Unknown(source, layer.Name, $"a layer of kind {layer.Kind}"),
                });
            }
        }

        return found == dense.Length - 1
            ? steps
            : throw Unknown(source, dense[found].Name, "a dense layer that is not in one chain with the others");
    }

    private static KerasHeadLayer[] Activation(KerasSource source, KerasConfigLayer layer) => layer.Text("activation") switch
    {
        null or "linear" => [],
        "relu" => [new KerasHeadLayer(HeadLayerKind.Relu)],
        "tanh" => [new KerasHeadLayer(HeadLayerKind.Tanh)],
        "gelu" => [new KerasHeadLayer(HeadLayerKind.Gelu)],
        var other => throw Unknown(source, layer.Name, $"the activation {other}"),
    };

    private static CheckpointException Unknown(KerasSource source, string layer, string what) => source.Error(
        CheckpointErrorKind.BadHeader,
        $"layer '{layer}'",
        $"After the backbone stands {what}, which a head here cannot have.",
        "Save the model without its head (include_top=False) and replace the head, or choose the architecture that the file belongs to.");
}
