using System.Text.RegularExpressions;

namespace TransferLearning.Onnx;

/// <summary>What a network computed for one input, operator by operator, as LibTorch's tracer wrote it down.</summary>
/// <param name="Nodes">The operators, in the order in which they were run.</param>
/// <param name="Outputs">The numbers of the values that are the result.</param>
/// <param name="Sizes">The sizes of the free dimensions in this run.</param>
/// <param name="Constants">The constants that are neither an input nor a weight, by number.</param>
internal sealed partial record Recording(
    IReadOnlyList<RecordedNode> Nodes, IReadOnlyList<long> Outputs, IReadOnlyList<long> Sizes, IReadOnlyDictionary<long, Tensor> Constants)
    : IDisposable
{
    /// <summary>Records a run.</summary>
    /// <param name="inputs">What the network is given.</param>
    /// <param name="weights">Its parameters and buffers.</param>
    /// <param name="sizes">The sizes of the free dimensions.</param>
    /// <param name="forward">Runs it.</param>
    /// <returns>The recording, in which the inputs have the first numbers and the weights the ones behind them.</returns>
    public static Recording Of(
        IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor> weights, IReadOnlyList<long> sizes, Func<IReadOnlyList<Tensor>> forward)
    {
        using IDisposable guard = no_grad();
        using PlainOperators plain = new();
        using DisposeScope scope = NewDisposeScope();
        using LibTorchTracer tracer = new();
        foreach (Tensor tensor in inputs.Concat(weights))
        {
            tracer.Declare(tensor);
        }

        (IReadOnlyList<long> outputs, string graph, IReadOnlyDictionary<long, Tensor> constants) = tracer.Run(forward);
        foreach (Tensor constant in constants.Values)
        {
            constant.DetachFromDisposeScope();
        }

        return new Recording(Used(Read(graph), outputs), outputs, sizes, constants);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Tensor constant in Constants.Values)
        {
            constant.Dispose();
        }
    }

    /// <summary>Reads a graph as LibTorch writes it.</summary>
    internal static IReadOnlyList<RecordedNode> Read(string graph)
    {
        List<RecordedNode> nodes = [];
        foreach (string line in graph.Split('\n'))
        {
            Match match = Line.Match(line);
            if (match.Success)
            {
                nodes.Add(new RecordedNode(
                    match.Groups["kind"].Value,
                    [.. Number.Matches(match.Groups["inputs"].Value).Select(input => Parse(input.Groups[1].Value))],
                    [.. Typed.Matches(match.Groups["outputs"].Value).Select(Value)],
                    match.Groups["attributes"].Value));
            }
            else if (line.Contains(" = ", StringComparison.Ordinal))
            {
                throw new NotSupportedException($"LibTorch recorded an operator that is not understood: {line.Trim()}");
            }
        }

        return nodes;
    }

    [GeneratedRegex(@"^\s*(?<outputs>%\d+ : .*?) = (?<kind>\w+::\w+)(\[(?<attributes>.*)\])?\((?<inputs>[^()]*)\)(, scope: .*)?\s*$")]
    private static partial Regex Line { get; }

    [GeneratedRegex(@"%(\d+)")]
    private static partial Regex Number { get; }

    [GeneratedRegex(@"%(?<number>\d+) : (?<type>[\w\[\]?]+)(\((?<shape>[^()]*)\))?")]
    private static partial Regex Typed { get; }

    private static RecordedValue Value(Match match)
    {
        Group shape = match.Groups["shape"];
        return new RecordedValue(
            Parse(match.Groups["number"].Value),
            match.Groups["type"].Value,
            !shape.Success ? null :
            [
                .. shape.Value.Split(", ").TakeWhile(part => part.All(char.IsAsciiDigit) && part.Length > 0).Select(Parse),
            ]);
    }

    private static long Parse(string number) => long.Parse(number, CultureInfo.InvariantCulture);

    private static List<RecordedNode> Used(IReadOnlyList<RecordedNode> nodes, IReadOnlyList<long> outputs)
    {
        HashSet<long> needed = [.. outputs];
        List<RecordedNode> used = [];
        foreach (RecordedNode node in nodes.Reverse())
        {
            if (node.Outputs.Any(output => needed.Contains(output.Number)))
            {
                needed.UnionWith(node.Inputs);
                used.Add(node);
            }
        }

        used.Reverse();
        return used;
    }
}
