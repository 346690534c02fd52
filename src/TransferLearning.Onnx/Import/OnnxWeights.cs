namespace TransferLearning.Onnx;

/// <summary>Finds the weights of a network in a file, by running the file's graph beside what the network itself computes.</summary>
internal sealed class OnnxWeights
{
    // Beyond every activation's bends; and so small that the epsilons of norms count.
    private static readonly double[] Bounds = [8, 1e-3];

    private const long MostPixels = 1 << 22;
    private const int NodesOfOne = 32;
    private const int MostFurtherNodes = 4096;
    private const long MostClasses = 100_000;
    private const string Remedy = "Choose the architecture that the file belongs to, or export the network again.";

    private readonly OnnxFile _file;
    private readonly string _architecture;
    private readonly OnnxImportOptions _import;
    private readonly Dictionary<string, TensorProto> _stored = [];
    private readonly Dictionary<string, Tensor> _state = [];
    private readonly Dictionary<string, Tensor> _filled = [];
    private readonly HashSet<string> _used = [];
    private Dictionary<string, long[]> _sizes = [];

    private OnnxWeights(OnnxFile file, string architecture, OnnxImportOptions import)
    {
        (_file, _architecture, _import) = (file, architecture, import);
        foreach (TensorProto stored in file.Graph.Initializer)
        {
            file.Check(stored);
            if (!_stored.TryAdd(stored.Name, stored))
            {
                throw Error(CheckpointErrorKind.DuplicateEntry, $"initialiser '{stored.Name}'", "It is there twice.");
            }
        }
    }

    /// <summary>The weights under the network's names, and what is left of the file under the file's.</summary>
    public static Dictionary<string, Tensor> Of(OnnxFile file, string architecture, NetworkOptions network, OnnxImportOptions import)
        => new OnnxWeights(file, architecture, import).Find(network);

    private CheckpointException Error(CheckpointErrorKind kind, string place, string problem) => _file.Error(kind, place, problem, Remedy);

    private Dictionary<string, Tensor> Find(NetworkOptions network)
    {
        ValueInfoProto[] inputs = [.. _file.Graph.Input.Where(input => !_stored.ContainsKey(input.Name))];
        if (inputs.Length != 1)
        {
            throw Error(CheckpointErrorKind.BadHeader, "the graph",
                $"It has {inputs.Length} inputs; one, of images [N, 3, H, W], is expected.");
        }

        using ImageModel model = ImageModel.Create(_architecture, (int)ClassesOfFile(), options: network with { Classes = null });
        model.Module.eval();
        long[] shape = ShapeOf(inputs[0], model.Preprocess.Crop);
        HashSet<string> parameters = [.. model.Module.named_parameters().Select(parameter => parameter.name)];
        (ModelProto recorded, IReadOnlyList<(string Name, Tensor Value)> weights) = Recorded(model, shape);
        int most = (NodesOfOne * recorded.Graph.Node.Count) + MostFurtherNodes;
        if (_file.Graph.Node.Count > most)
        {
            throw Error(
                CheckpointErrorKind.TooLarge, "the graph",
                $"It has {_file.Graph.Node.Count} nodes; {_architecture} has {recorded.Graph.Node.Count}, and at most {most} "
                    + "are read for it.");
        }

        _sizes = weights.ToDictionary(weight => weight.Name, weight => weight.Value.shape);
        foreach (double bound in Bounds)
        {
            Compare(model, recorded, weights, parameters, inputs[0].Name, shape, bound);
        }

        foreach ((string name, Tensor target) in model.Module.State())
        {
            if (name.EndsWith("num_batches_tracked", StringComparison.Ordinal))
            {
                if (_state.ContainsKey(name.Replace("num_batches_tracked", "running_mean", StringComparison.Ordinal)))
                {
                    _state[name] = zeros([], ScalarType.Int64);
                }
            }
            else if (!IsLearned(name, parameters))
            {
                _state.TryAdd(name, target.clone()); // tables of indices follow from the architecture
            }
        }

        foreach ((string name, TensorProto stored) in _stored)
        {
            bool isWeight = stored.DataType is (int)TensorProto.Types.DataType.Float or (int)TensorProto.Types.DataType.Float16
                && stored.Dims.Any(length => length > 1);
            if (isWeight && !_used.Contains(name))
            {
                // The report names it; under a name of the network's it would be taken for that.
                _state.TryAdd(_sizes.ContainsKey(name) ? $"{name} of the file" : name, _file.Read(stored));
            }
        }

        return _state;
    }

    private (ModelProto Recorded, IReadOnlyList<(string Name, Tensor Value)> Weights) Recorded(ImageModel model, long[] shape)
    {
        try
        {
            return PartTranslation.Of(
                model.Module, ImagePart.Of(model, shape), (_, input) => (input.Name, input), (_, outputs)
                    => outputs, new OnnxExportOptions());
        }
        catch (Exception exception) when (exception is ArgumentException or ExternalException)
        {
            throw _file.Error(
                CheckpointErrorKind.BadGeometry, "the graph",
                $"It takes images [{string.Join(", ", shape)}], and {_architecture} does not: {exception.Message.Split('\n')[0]}", Remedy);
        }
    }

    private void Compare(
        ImageModel model, ModelProto recorded, IReadOnlyList<(string Name, Tensor Value)> weights, HashSet<string> parameters, string input,
        long[] shape, double bound)
    {
        using DisposeScope scope = NewDisposeScope();
        using NetworkParts parts = new($"{model.Module.FinalLayerName}.weight");
        RunBudget spent = new(long.MaxValue, long.MaxValue);
        using GraphRun own = new(recorded.Graph, recorded.OpsetImport[0].Version, spent, bound, parts);
        own.Run(
        [
            KeyValuePair.Create(recorded.Graph.Input[0].Name, Images(shape, bound)),
            .. recorded.Graph.Initializer.Select(constant => KeyValuePair.Create(
                constant.Name, RunValue.Whole(RunValueKind.Constant, constant.Name, [.. constant.Dims], () => _file.Read(constant)))),
            .. weights.Select(weight => KeyValuePair.Create(
                weight.Name,
                IsLearned(weight.Name, parameters)
                    ? RunValue.Whole(RunValueKind.Weight, weight.Name, weight.Value.shape, () => Places(weight.Value))
                    : RunValue.Whole(RunValueKind.Constant, weight.Name, weight.Value.shape, () => weight.Value.alias()))),
        ]);
        FileParts found = new(parts, own, _architecture);
        using GraphRun run = new(
            _file.Graph, _file.Opset, new RunBudget((8 * spent.Largest) + (1 << 20), (64 * spent.Spent) + (1 << 24)), bound, found);
        try
        {
            run.Run(
            [
                KeyValuePair.Create(input, Images(shape, bound)),
                .. _stored.Select(stored => KeyValuePair.Create(
                    stored.Key,
                    RunValue.Whole(RunValueKind.Constant, stored.Key, [.. stored.Value.Dims], () => _file.Read(stored.Value)))),
            ]);
            found.RequireSame(run);
        }
        catch (GraphException exception)
        {
            throw Error(CheckpointErrorKind.BadHeader, exception.Place, exception.Problem);
        }

        if (bound == Bounds[0])
        {
            _used.UnionWith(run.UsedBetween);
            found.Pairs.ForEach(pair => Take(pair.Expected, pair.Found));
            foreach ((string name, Tensor value) in _state)
            {
                value.MoveToOuterDisposeScope();
            }
        }
    }

    private static bool IsLearned(string name, HashSet<string> parameters)
        => parameters.Contains(name) || name.EndsWith("running_mean", StringComparison.Ordinal)
            || name.EndsWith("running_var", StringComparison.Ordinal);

    private static RunValue Images(long[] shape, double bound)
    {
        Tensor images = RunValues.Uniform(0, shape, bound);
        images.DetachFromDisposeScope();
        return RunValue.Of(RunValueKind.Data, images, [], isInput: true);
    }

    private static Tensor Places(Tensor weight) => tensor(Enumerable.Range(0, (int)weight.numel()).Select(place => (long)place)
        .ToArray()).reshape(weight.shape);

    /// <summary>How many classes the file's network has, if it has any; only for the network that is compared with it.</summary>
    private long ClassesOfFile()
    {
        long declared = _file.Graph.Output.FirstOrDefault()?.Type?.TensorType?.Shape?.Dim is [_, { DimValue: > 0 and long count }]
            ? count : 0;
        if (declared == 0)
        {
            NodeProto? last = _file.Graph.Node.LastOrDefault(node => node.OpType is "Conv" or "Gemm" or "MatMul" && node.Input.Count > 1);
            NodeProto? turned = last is null ? null : _file.Graph.Node.FirstOrDefault(node => node.OpType == "Transpose"
                && node.Output.Contains(last.Input[1]));
            TensorProto? weight = last is null ? null : _stored.GetValueOrDefault(turned?.Input.FirstOrDefault() ?? last.Input[1]);
            bool isOutputsFirst = last?.OpType == "Conv" || (
                turned is not null ^ (last?.Attribute.Any(one => one.Name == "transB" && one.I == 1) ?? false));
            declared = weight is { Dims.Count: > 1 } ? weight.Dims[isOutputsFirst ? 0 : 1] : 0;
        }

        return declared is > 0 and <= MostClasses ? declared : 2;
    }

    // A free batch is compared with two images; free sides are the architecture's own.
    private long[] ShapeOf(ValueInfoProto input, int crop)
    {
        long[] shape = [2, 3, crop, crop];
        if (input.Type?.TensorType?.Shape?.Dim is { } dimensions)
        {
            shape = dimensions.Count == 4 ? [.. shape.Zip(dimensions, (own, dimension) => dimension.DimValue > 0 ? dimension.DimValue
                : own)] : [0];
        }

        return shape is [_, 3, _, _] && shape.Aggregate(1.0, (product, length) => product * length) <= MostPixels * 3
            ? shape
            : throw Error(
                CheckpointErrorKind.BadGeometry, $"input '{input.Name}'",
                $"It is [{string.Join(", ", input.Type?.TensorType?.Shape?.Dim.Take(8).Select(one => one.DimValue) ?? [])}]; images "
                    + $"[N, 3, H, W] of up to {MostPixels} pixels are expected.");
    }

    private void Take(GraphPart expected, GraphPart found)
    {
        foreach ((RunValue own, RunValue stored) in expected.Weights.Zip(found.Weights)
            .Where(pair => pair.First.Kind == RunValueKind.Weight))
        {
            Tensor weight = Read(stored);
            bool isFirst = expected.Kind == "Conv" && expected.IsAtInput;
            weight = isFirst && _import.IsBlueFirst ? weight.flip(1) : weight;
            Fill(own, isFirst && _import.InputScale != 1 ? weight.mul(tensor((float)_import.InputScale)) : weight, found);
        }

        Tensor? bias = found.Bias is null ? null : Read(found.Bias).flatten();
        if (expected.Norm is null && found.Norm is not null)
        {
            throw Error(
                CheckpointErrorKind.BadHeader, NodeRun.PlaceOf(found.Node),
                    $"A batch norm follows it, which {_architecture} does not have there.");
        }

        if (expected.Norm is { } norm)
        {
            Tensor[] values = found.Norm is { } stored ? NormOf(stored, found.Epsilon - expected.Epsilon)
                : Identity(norm[0].Count, expected.Epsilon);
            if (bias is not null && expected.Bias is null)
            {
                // A bias before the norm goes into the mean; one of a layer with the norm folded into it is the shift.
                values[found.Norm is null ? 1 : 2] = found.Norm is null ? bias : values[2].sub(bias);
                bias = null;
            }

            foreach ((RunValue own, Tensor value) in norm.Zip(values))
            {
                Fill(own, value, found);
            }
        }

        if (expected.Bias is { } added)
        {
            Fill(added, bias ?? zeros(added.Count), found);
        }
        else if (bias is not null)
        {
            throw Error(CheckpointErrorKind.BadHeader, NodeRun.PlaceOf(found.Node),
                $"It has a bias, which {_architecture} does not have there.");
        }
    }

    // The network's own epsilon stays: the variance takes the difference.
    private Tensor[] NormOf(IReadOnlyList<RunValue> stored, double epsilon)
    {
        Tensor[] values = [.. stored.Select(value => Read(value).flatten())];
        values[3] = Math.Abs(epsilon) > 1e-9 ? NumberNodes.Sum(values[3], tensor((float)epsilon)) : values[3];
        return values;
    }

    private static Tensor[] Identity(long channels, double epsilon)
        => [ones(channels).mul(tensor((float)Math.Sqrt(1 + epsilon))), zeros(channels), zeros(channels), ones(channels)];

    private Tensor Read(RunValue stored)
    {
        _used.UnionWith(stored.Sources);
        return stored.Stored();
    }

    /// <summary>Puts numbers where a weight has them; what is used in several places must be the same in all.</summary>
    private void Fill(RunValue own, Tensor value, GraphPart found)
    {
        string name = own.Sources[0];
        if (own.IsWhole && !_state.ContainsKey(name))
        {
            _state[name] = own.IsTurned ? value.reshape(own.Shape).t().contiguous() : value.reshape(own.Shape).contiguous();
            return;
        }

        if (found.Kind == "Conv" && value.shape.SequenceEqual(_sizes[name]))
        {
            _state[name] = value.contiguous(); // the network left out taps that only ever meet padding
            return;
        }

        Tensor places = own.Tensor.reshape(-1), numbers = value.reshape(-1);
        if (!_state.TryGetValue(name, out Tensor? state))
        {
            long count = _sizes[name].Aggregate(1L, (product, length) => product * length);
            _state[name] = state = zeros(_sizes[name]);
            _filled[name] = zeros([count]);
        }

        Tensor flat = state.view(-1);
        Tensor filled = _filled.TryGetValue(name, out Tensor? some) ? some : ones([flat.numel()]);
        Tensor before = where(filled.index_select(0, places).eq(tensor(1f)), flat.index_select(0, places), numbers);
        flat.index_copy_(0, places, numbers);
        filled.index_copy_(0, places, ones([places.numel()]));
        if (!PartSketch.AreSame(before, numbers) || !PartSketch.AreSame(flat.index_select(0, places), numbers))
        {
            throw Error(
                CheckpointErrorKind.BadGeometry, NodeRun.PlaceOf(found.Node),
                $"It has several values where {_architecture} has one, of '{name}'.");
        }
    }
}
