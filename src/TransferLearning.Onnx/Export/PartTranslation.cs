namespace TransferLearning.Onnx;

/// <summary>Makes the ONNX graph of a network, or of a part of one.</summary>
internal static class PartTranslation
{
    private const int NewestOpsetOfIr8 = 18;

    // Another size than any of those that are always recorded.
    private static readonly long[] Further = [4, 9, 10];

    /// <summary>Records the network and translates it.</summary>
    /// <param name="network">The network, in evaluation mode.</param>
    /// <param name="part">What of it, and how it is run.</param>
    /// <param name="prepare">Puts something between the file's inputs and the network's; gives the name of what the network takes.</param>
    /// <param name="finish">Puts something behind the outputs; gives the file's outputs with their shapes.</param>
    /// <param name="options">The options.</param>
    /// <returns>The model without weights, and the weights that it uses.</returns>
    public static (ModelProto Model, IReadOnlyList<(string Name, Tensor Value)> Weights) Of(
        Network network, ExportedPart part, Func<OnnxGraph, PartInput, (string Name, PartInput Input)> prepare,
        Func<OnnxGraph, IReadOnlyList<OnnxOutput>, IReadOnlyList<OnnxOutput>> finish, OnnxExportOptions options)
    {
        IReadOnlyList<KeyValuePair<string, Tensor>> state = network.State();
        List<Recording> recordings = [];
        try
        {
            foreach (IReadOnlyList<long> sizes in options.Verify ? [.. part.Runs, [.. Further.Take(part.Dimensions.Count)]] : part.Runs)
            {
                using DisposeScope scope = NewDisposeScope();
                ExportedSample sample = part.Sample(sizes);
                using ModelInput input = sample.Input;
                recordings.Add(Recording.Of(sample.Tensors, [.. state.Select(weight => weight.Value)], sizes, () => part.Forward(sample)));
            }

            NetworkGraph recorded = NetworkGraph.Of(recordings, part.Inputs.Count, state.Count);
            return Translated(network.GetName(), recorded, state, part, prepare, finish, options);
        }
        finally
        {
            recordings.ForEach(recording => recording.Dispose());
        }
    }

    private static (ModelProto Model, IReadOnlyList<(string Name, Tensor Value)> Weights) Translated(
        string name, NetworkGraph recorded, IReadOnlyList<KeyValuePair<string, Tensor>> state, ExportedPart part,
        Func<OnnxGraph, PartInput, (string Name, PartInput Input)> prepare,
        Func<OnnxGraph, IReadOnlyList<OnnxOutput>, IReadOnlyList<OnnxOutput>> finish, OnnxExportOptions options)
    {
        HashSet<long> used = [.. recorded.Outputs.Select(output => output.Number), .. recorded.Nodes.SelectMany(node => node.Inputs)
            .SelectMany(value => value.Constant is IReadOnlyList<GraphValue> list ? list : [value]).Select(value => value.Number)];
        int[] given = [.. Enumerable.Range(0, part.Inputs.Count).Where(place => used.Contains(place))];
        OnnxGraph graph = new(options.Opset,
        [
            .. part.Dimensions.Select((_, dimension) => given
                .SelectMany(place => part.Inputs[place].Shape.Select((size, axis) => (part.Inputs[place].Name, axis, size)))
                .Where(place => place.size == Size.Free(dimension))
                .Select(place => (place.Name, place.axis))
                .First()),
        ]);
        ModelProto model = new()
        {
            IrVersion = options.Opset <= NewestOpsetOfIr8 ? 8 : options.Opset <= 20 ? 9 : 10,
            ProducerName = "TransferLearning",
            ProducerVersion = typeof(Network).Assembly.GetName().Version?.ToString(3) ?? "",
            Graph = new GraphProto { Name = name },
        };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = options.Opset });
        foreach (int place in given)
        {
            (string inner, PartInput outer) = prepare(graph, part.Inputs[place]);
            graph.Name(recorded.Inputs[place], inner);
            model.Graph.Input.Add(Described(outer.Name, outer.Type, outer.Shape, part.Dimensions));
        }

        List<(string Name, Tensor Value)> weights = [];
        for (int place = 0; place < state.Count; place++)
        {
            if (used.Contains(recorded.Weights[place].Number))
            {
                graph.Name(recorded.Weights[place], state[place].Key);
                weights.Add((state[place].Key, state[place].Value));
            }
        }

        Dictionary<long, GraphNode> lists = [];
        foreach (GraphNode node in recorded.Nodes)
        {
            if (node.Kind is "ListUnpack")
            {
                IndexOperators.Unpack(new OperatorCall(graph, node), new OperatorCall(graph, lists[node.Inputs[0].Number]));
                continue;
            }

            if (node.Outputs[0].Type == "Tensor[]")
            {
                lists[node.Outputs[0].Number] = node;
            }

            AtenOperators.Translate(graph, node);
        }

        IReadOnlyList<OnnxOutput> outputs = finish(graph,
            [.. recorded.Outputs.Select(
                (output, place) => new OnnxOutput(part.Outputs[place], graph.NameOf(output), output.Type, output.Shape!))]);
        foreach (OnnxOutput output in outputs)
        {
            NodeProto last = new() { OpType = "Identity", Name = $"output_{output.Name}" };
            last.Input.Add(output.Value);
            last.Output.Add(output.Name);
            graph.Nodes.Add(last);
            model.Graph.Output.Add(Described(output.Name, output.Type, output.Shape, part.Dimensions));
        }

        model.Graph.Node.AddRange(graph.Nodes);
        model.Graph.Initializer.AddRange(graph.Constants);
        RequireSound(model, weights);
        return (model, weights);
    }

    // Every name is given once, before it is used.
    private static void RequireSound(ModelProto model, IReadOnlyList<(string Name, Tensor Value)> weights)
    {
        HashSet<string> names = [""];
        foreach (string name in model.Graph.Input.Select(input => input.Name)
            .Concat(model.Graph.Initializer.Select(tensor => tensor.Name)).Concat(weights.Select(weight => weight.Name)))
        {
            Give(name);
        }

        foreach (NodeProto node in model.Graph.Node)
        {
            if (node.Input.FirstOrDefault(input => !names.Contains(input)) is { } missing)
            {
                throw new InvalidOperationException($"The graph uses '{missing}' in {node.Name} before it is given.");
            }

            foreach (string output in node.Output)
            {
                Give(output);
            }
        }

        void Give(string name)
        {
            if (!names.Add(name))
            {
                throw new InvalidOperationException($"The graph gives '{name}' twice; give the module or weight of that name another one.");
            }
        }
    }

    private static ValueInfoProto Described(string name, string type, IReadOnlyList<Size> shape, IReadOnlyList<string> dimensions)
    {
        TypeProto.Types.Tensor tensor = new() { ElemType = (int)OnnxTypes.Of(type), Shape = new TensorShapeProto() };
        foreach ((Size size, int axis) in shape.Select((size, axis) => (size, axis)))
        {
            tensor.Shape.Dim.Add(size.IsFixed
                ? new TensorShapeProto.Types.Dimension { DimValue = size.Constant }
                : new TensorShapeProto.Types.Dimension
                {
                    DimParam = size.FreeNumber is { } number && number < dimensions.Count ? dimensions[number] : $"{name}_{axis}",
                });
        }

        return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = tensor } };
    }
}
