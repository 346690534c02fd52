namespace TransferLearning.Onnx;

/// <summary>Finds the weights of a network in a file, by comparing the file's graph with what the network itself computes.</summary>
internal sealed class OnnxWeights
{
    private readonly OnnxFile _file;
    private readonly Dictionary<string, TensorProto> _stored = [];
    private readonly Dictionary<string, Tensor> _state = [];
    private readonly HashSet<string> _used = [];

    private OnnxWeights(OnnxFile file)
    {
        _file = file;
        foreach (TensorProto stored in file.Graph.Initializer)
        {
            if (!_stored.TryAdd(stored.Name, stored))
            {
                throw file.Error(
                    CheckpointErrorKind.DuplicateEntry, $"initialiser '{stored.Name}'", "It is there twice.", "Export the network again.");
            }
        }
    }

    /// <summary>The weights under the network's names, and what is left of the file under the file's.</summary>
    public static Dictionary<string, Tensor> Of(OnnxFile file, string architecture, NetworkOptions network, OnnxImportOptions import)
        => new OnnxWeights(file).Find(architecture, network, import);

    private Dictionary<string, Tensor> Find(string architecture, NetworkOptions network, OnnxImportOptions import)
    {
        using ImageModel model = ImageModel.Create(architecture, network.Classes ?? 2, options: network with { Classes = null });
        model.Module.eval();
        (ModelProto recorded, IReadOnlyList<(string Name, Tensor Value)> weights) = PartTranslation.Of(
            model.Module, ImagePart.Of(model), (_, input) => (input.Name, input), (_, outputs) => outputs, new OnnxExportOptions());
        Dictionary<string, int> signatures = [];
        Dictionary<string, IReadOnlyList<long>> shapes = weights.ToDictionary(
            weight => weight.Name, weight => (IReadOnlyList<long>)weight.Value.shape);
        foreach (TensorProto constant in recorded.Graph.Initializer)
        {
            shapes.TryAdd(constant.Name, constant.Dims);
        }

        GraphParts expected = new GraphParts(shapes, signatures, (place, problem) => new InvalidOperationException($"{place}: {problem}"))
            .Read(recorded.Graph);
        GraphParts found = new GraphParts(
            _stored.ToDictionary(entry => entry.Key, entry => (IReadOnlyList<long>)entry.Value.Dims), signatures,
            (place, problem) => _file.Error(CheckpointErrorKind.BadHeader, place, problem, "Export the network again.")).Read(_file.Graph);
        foreach ((string name, TensorProto stored) in found.Stored)
        {
            _stored.TryAdd(name, stored);
        }

        Match(Begin(expected, found, model.Module.FinalLayerName, architecture), architecture, import);
        foreach ((string name, Tensor target) in model.Module.State())
        {
            if (name.EndsWith("num_batches_tracked", StringComparison.Ordinal)
                && _state.ContainsKey(name.Replace("num_batches_tracked", "running_mean", StringComparison.Ordinal)))
            {
                _state[name] = zeros([], ScalarType.Int64);
            }
            else if (!_state.ContainsKey(name) && _stored.TryGetValue(name, out TensorProto? same)
                && same.Dims.SequenceEqual(target.shape))
            {
                _state[name] = Read(name);
            }
        }

        foreach ((string name, TensorProto stored) in _stored)
        {
            bool isWeight = stored.DataType is (int)TensorProto.Types.DataType.Float or (int)TensorProto.Types.DataType.Float16
                && stored.Dims.Count > 0 && stored.Dims.Any(length => length > 1);
            if (isWeight && !_used.Contains(name))
            {
                _state.TryAdd(name, _file.Floats(stored)); // the report names it
            }
        }

        return _state;
    }

    /// <summary>The outputs to compare: with the classifier, whose classes may be others, or without it.</summary>
    private (GraphPart Expected, GraphPart Found) Begin(GraphParts expected, GraphParts found, string final, string architecture)
    {
        (GraphPart last, GraphPart output) = (expected.Output, found.Output);
        if (last.Signature == output.Signature)
        {
            return (last, output);
        }

        if (last.Kind == "Relu" && output.Kind == "Relu")
        {
            (last, output) = (last.Inputs[0], output.Inputs[0]); // behind SqueezeNet's classifier
        }

        if (last.Weight != $"{final}.weight")
        {
            throw Another(last, output, architecture);
        }

        if (last.Kind == output.Kind && last.Inputs[0].Signature == output.Inputs[0].Signature
            && WithoutOutputs(last.Detail) == WithoutOutputs(output.Detail))
        {
            return (last, output);
        }

        if (last.Inputs[0].Signature == output.Signature)
        {
            return (last.Inputs[0], output);
        }

        (GraphPart wanted, GraphPart has) = output.Kind == last.Kind && WithoutOutputs(last.Detail) == WithoutOutputs(output.Detail)
            ? (last.Inputs[0], output.Inputs[0])
            : output.Kind == "Linear" ? (last, output) : (last.Inputs[0], output);
        throw Another(wanted, has, architecture);
    }

    private static string WithoutOutputs(string detail) => detail[detail.IndexOf(',', StringComparison.Ordinal)..];

    /// <summary>Follows the first difference up to where it begins.</summary>
    private CheckpointException Another(GraphPart expected, GraphPart found, string architecture)
    {
        while (expected.Kind == found.Kind && expected.Detail == found.Detail && expected.Inputs.Count == found.Inputs.Count)
        {
            HashSet<int> there = [.. found.Inputs.Select(input => input.Signature)];
            HashSet<int> wanted = [.. expected.Inputs.Select(input => input.Signature)];
            GraphPart? next = expected.Inputs.FirstOrDefault(input => !there.Contains(input.Signature));
            GraphPart? other = found.Inputs.FirstOrDefault(input => !wanted.Contains(input.Signature));
            if (next is null || other is null)
            {
                break;
            }

            (expected, found) = (next, other);
        }

        return _file.Error(
            CheckpointErrorKind.BadHeader, found.Node,
            $"The graph is another one than that of {architecture}: {expected} of {expected.Inputs.Count} path(s) is expected here, as "
                + $"{expected.Node} of the network has it, and {found} of {found.Inputs.Count} path(s) was found.",
            "Choose the architecture that the file belongs to.");
    }

    private void Match(
        (GraphPart Expected, GraphPart Found) outputs, string architecture, OnnxImportOptions import)
    {
        Stack<(GraphPart Expected, GraphPart Found)> open = new([outputs]);
        HashSet<GraphPart> seen = new(ReferenceEqualityComparer.Instance);
        while (open.TryPop(out (GraphPart Expected, GraphPart Found) pair))
        {
            if (!seen.Add(pair.Expected))
            {
                continue;
            }

            Take(pair.Expected, pair.Found, architecture, import);
            List<GraphPart> left = [.. pair.Found.Inputs];
            foreach (GraphPart input in pair.Expected.Inputs)
            {
                GraphPart other = left.First(candidate => candidate.Signature == input.Signature);
                left.Remove(other);
                open.Push((input, other));
            }
        }
    }

    private void Take(GraphPart expected, GraphPart found, string architecture, OnnxImportOptions import)
    {
        Tensor? bias = found.Bias is null ? null : Read(found.Bias).flatten();
        if (expected.Weight is { } name)
        {
            Tensor weight = Read(found.Weight!);
            weight = found.IsTransposed != expected.IsTransposed ? weight.t().contiguous() : weight;
            bool isFirst = expected.Kind == "Conv" && IsAtInput(expected);
            weight = isFirst && import.IsBlueFirst ? weight.flip(1) : weight;
            _state[name] = isFirst && import.InputScale != 1 ? weight.mul(tensor(import.InputScale)).to(ScalarType.Float32) : weight;
        }

        if (expected.Norm is null && found.Norm is not null)
        {
            throw _file.Error(
                CheckpointErrorKind.BadHeader, found.Node, $"A batch norm follows it, which {architecture} does not have there.",
                "Choose the architecture that the file belongs to.");
        }

        if (expected.Norm is { } names)
        {
            if (found.Norm is { } norm)
            {
                foreach ((string key, string stored) in names.Zip(norm))
                {
                    _state[key] = Read(stored);
                }

                // The network's own epsilon stays: the variance takes the difference.
                if (Math.Abs(found.Epsilon - expected.Epsilon) > 1e-9)
                {
                    _state[names[3]] = _state[names[3]].add(tensor((float)(found.Epsilon - expected.Epsilon)), Scalar(1));
                }

                if (bias is not null && expected.Bias is null)
                {
                    _state[names[2]] = _state[names[2]].sub(bias);
                    bias = null;
                }
            }
            else
            {
                long channels = _state[expected.Weight!].size(0);
                _state[names[0]] = full([channels], Scalar(Math.Sqrt(1 + expected.Epsilon)), ScalarType.Float32);
                _state[names[1]] = expected.Bias is null && bias is not null ? bias : zeros(channels);
                (_state[names[2]], _state[names[3]]) = (zeros(channels), ones(channels));
                bias = expected.Bias is null ? null : bias;
            }
        }

        if (expected.Bias is { } own)
        {
            _state[own] = bias ?? zeros(_state[expected.Weight!].size(0));
        }
        else if (bias is not null && expected.Weight is not null)
        {
            throw _file.Error(
                CheckpointErrorKind.BadHeader, found.Node, $"It has a bias, which {architecture} does not have there.",
                "Choose the architecture that the file belongs to.");
        }
    }

    private static Scalar Scalar(double number) => number.ToScalar();

    private static bool IsAtInput(GraphPart part) => part.Inputs is [{ Kind: "Input" }];

    private Tensor Read(string name)
    {
        _used.Add(name);
        return _file.Floats(_stored[name]);
    }
}
