namespace TransferLearning;

/// <summary>Writes a network with its tokenizer as a file for llama.cpp.</summary>
internal static class GgufModel
{
    private const uint QuantizationVersion = 2;

    /// <summary>Writes the file, whole or not at all. The adapter in use is merged; the network stays as it is.</summary>
    /// <inheritdoc cref="GgmlExportExtensions.ExportGguf"/>
    public static GgufExportReport Write(
        string path, TextNetwork network, LearningTask task, TextTokenizer tokenizer, GgmlType type, TextPooling? pooling)
    {
        ModelDescription.RequireFinite(network);
        GgufNetwork known = GgufNetwork.Of(network, task, pooling);
        List<string> notes = [.. Notes(network, task)];
        List<(string Source, GgufPlace Place, IReadOnlyList<long> Shape, GgmlType Type)> weights = [];
        List<string> left = [];
        foreach ((string name, Tensor weight) in network.State().Where(entry => !AdapterPlan.IsAdapterWeight(entry.Key)))
        {
            if (known.Place(name) is not { } place)
            {
                left.Add(name);
                continue;
            }

            using Tensor stored = place.Of(weight);
            long[] shape = stored.shape;
            weights.Add((name, place, shape, place.TypeOf(shape, type)));
        }

        if (left.Count > 0)
        {
            notes.Add($"Not in the file, because llama.cpp has no place for it: {string.Join(", ", left)}.");
        }

        int rows = checked((int)network.State().First(entry => entry.Key == network.WordEmbeddingName).Value.size(0));
        List<KeyValuePair<string, object>> metadata =
        [
            new("general.architecture", known.Architecture), new("general.name", network.GetName()),
            new("general.file_type", type switch { GgmlType.F32 => 0u, GgmlType.F16 => 1u, _ => 7u }),
            new("general.quantization_version", QuantizationVersion), .. known.Numbers,
            .. GgufTokenizer.Describe(tokenizer, rows, network is EncoderNetwork, notes),
        ];
        AtomicFile.Write(path, stream =>
        {
            using DisposeScope scope = NewDisposeScope();
            using IDisposable guard = no_grad();
            Dictionary<string, GgufPlace> places = weights.ToDictionary(weight => weight.Source, weight => weight.Place);
            GgufWriter.Write(
                stream, metadata, [.. weights.Select(weight => (weight.Place.Name, weight.Shape, weight.Type))],
                AdapterPlan.Merged(network).Where(entry => places.ContainsKey(entry.Key))
                    .Select(entry => places[entry.Key].Of(entry.Value)));
        });
        return new GgufExportReport(
            path, known.Architecture,
            weights.GroupBy(weight => weight.Type).ToDictionary(group => group.Key, group => group.Count()), notes);
    }

    private static IEnumerable<string> Notes(TextNetwork network, LearningTask task)
    {
        if (network.Adapters.Used is not null)
        {
            yield return "The adapter in use is merged into the weights.";
        }

        if (network is EncoderNetwork encoder)
        {
            if (encoder.Layout.HasTypes && network.Config.Whole("type_vocab_size", 2) > 1)
            {
                yield return "llama.cpp gives all tokens the type of a first text, those of a second one too.";
            }

            if (network.Config.Text(encoder.Layout.Keys.Activation, "gelu") == "gelu")
            {
                yield return "llama.cpp computes GELU by its approximation with tanh; the network was trained with the exact one.";
            }
        }

        if (task is Classification { Scaling: not null })
        {
            yield return "The file gives logits without the model's calibration.";
        }
    }
}
