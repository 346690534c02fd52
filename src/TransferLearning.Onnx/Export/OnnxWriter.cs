namespace TransferLearning.Onnx;

/// <summary>Writes a graph into a file, with the weights in it or beside it.</summary>
internal static class OnnxWriter
{
    // Protocol buffers end at 2 GB, and what is beside the weights needs room too.
    private const long MostBytes = 1_950_000_000;
    private const int LargestSection = 64 << 20;

    /// <summary>Writes a model; a file appears under its name only when it is complete.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The model without its weights.</param>
    /// <param name="weights">The weights; they stay their network's.</param>
    /// <param name="isExternal">Whether they lie beside it; null where they must.</param>
    /// <returns>The files.</returns>
    public static IReadOnlyList<string> Write(
        string path, ModelProto model, IReadOnlyList<(string Name, Tensor Value)> weights, bool? isExternal)
    {
        long bytes = model.CalculateSize() + weights.Sum(weight => weight.Value.numel() * weight.Value.ElementSize);
        if (isExternal == false && bytes > MostBytes)
        {
            throw new InvalidOperationException(
                $"'{path}' would have {bytes:N0} bytes, and an ONNX file ends at 2 GB: leave ExternalData null or set it to true.");
        }

        string data = path + ".data";
        bool isBeside = isExternal ?? bytes > MostBytes;
        if (isBeside)
        {
            AtomicFile.Write(data, stream => WriteBeside(stream, Path.GetFileName(data), model, weights));
        }
        else
        {
            model.Graph.Initializer.AddRange(weights.Select(weight => OnnxTensors.Of(weight.Name, weight.Value)));
        }

        AtomicFile.Write(path, model.WriteTo);
        if (!isBeside)
        {
            File.Delete(data); // of a file that stood here before
        }

        return isBeside ? [path, data] : [path];
    }

    private static void WriteBeside(Stream stream, string name, ModelProto model, IReadOnlyList<(string Name, Tensor Value)> weights)
    {
        long offset = 0;
        foreach ((string weight, Tensor value) in weights)
        {
            TensorProto tensor = OnnxTensors.Described(weight, value);
            using Tensor plain = OnnxTensors.Plain(value);
            long length = plain.numel() * plain.ElementSize;
            tensor.DataLocation = TensorProto.Types.DataLocation.External;
            foreach ((string key, string text) in new[] { ("location", name), ("offset", $"{offset}"), ("length", $"{length}") })
            {
                tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = text });
            }

            model.Graph.Initializer.Add(tensor);
            using Tensor flat = plain.flatten();
            long step = LargestSection / plain.ElementSize;
            for (long first = 0; first < flat.numel(); first += step)
            {
                using Tensor section = flat.narrow(0, first, Math.Min(step, flat.numel() - first));
                stream.Write(section.bytes);
            }

            offset += length;
        }
    }
}
