namespace TransferLearning.Onnx;

/// <summary>A node of a graph while it is run: its attributes and what it takes. Floating point numbers are float64, whole ones int64.
/// </summary>
/// <param name="Node">The node.</param>
/// <param name="Inputs">What it takes; null where an input is left out.</param>
/// <param name="Opset">The version of the operators.</param>
/// <param name="Budget">How much may be computed.</param>
internal sealed record NodeRun(NodeProto Node, IReadOnlyList<Tensor?> Inputs, long Opset, RunBudget Budget)
{
    private const int LongestList = 4096;

    /// <summary>An input that must be there.</summary>
    public Tensor this[int place] => Inputs.ElementAtOrDefault(place) ?? throw Refused($"Its input {place} is absent.");

    public static string PlaceOf(NodeProto node)
        => $"node '{(node.Name.Length > 0 ? node.Name : node.Output.FirstOrDefault() ?? "")}' ({node.OpType})";

    public bool Has(int place) => Inputs.ElementAtOrDefault(place) is not null;

    public GraphException Refused(string problem) => new(PlaceOf(Node), problem);

    public AttributeProto? Attribute(string name) => Node.Attribute.FirstOrDefault(attribute => attribute.Name == name);

    public long Whole(string name, long otherwise) => Attribute(name)?.I ?? otherwise;

    public double Number(string name, double otherwise) => Attribute(name)?.F ?? otherwise;

    public string Text(string name, string otherwise) => Attribute(name)?.S.ToStringUtf8() ?? otherwise;

    /// <summary>A list of whole numbers; empty where there is none.</summary>
    public long[] Wholes(string name)
        => Attribute(name)?.Ints is { } found
            ? found.Count <= LongestList ? [.. found] : throw Refused($"Its attribute '{name}' has {found.Count} numbers.")
            : [];

    /// <summary>A list of whole numbers for each dimension of a window.</summary>
    public long[] Wholes(string name, int count, long otherwise, long least)
    {
        long[] found = Wholes(name);
        return found.Length == 0 ? [.. Enumerable.Repeat(otherwise, count)]
            : found.Length == count && found.All(number => number >= least && number <= int.MaxValue) ? found
            : throw Refused($"Its attribute '{name}' is [{string.Join(", ", found)}]; {count} numbers from {least} are expected.");
    }

    /// <summary>The whole numbers of an input.</summary>
    public long[] Longs(int place)
    {
        Tensor numbers = this[place];
        return numbers.dtype == ScalarType.Int64 && numbers.numel() <= LongestList
            ? [.. numbers.contiguous().data<long>()]
            : throw Refused($"Its input {place} is {numbers.dtype} [{string.Join(", ", numbers.shape)}]; a short list of whole numbers "
                + "is expected.");
    }

    /// <summary>Whole numbers that are an attribute in some versions and an input in others; null where they are left out.</summary>
    public long[]? Listed(string name, int place) => Has(place) ? Longs(place) : Attribute(name) is null ? null : Wholes(name);

    /// <summary>An axis, counted from the beginning.</summary>
    public int Axis(long axis, long rank)
        => axis >= -rank && axis < rank ? (int)(axis < 0 ? axis + rank : axis)
            : throw Refused($"Its axis {axis} is outside of {rank} dimensions.");

    public long[] Axes(IEnumerable<long> axes, long rank)
    {
        long[] found = [.. axes.Select(axis => (long)Axis(axis, rank))];
        return found.Distinct().Count() == found.Length ? found
            : throw Refused($"Its axes [{string.Join(", ", found)}] name one twice.");
    }

    /// <summary>Takes from the budget before memory is taken.</summary>
    public void Spend(IEnumerable<long> shape, long worth = 1) => Budget.Spend(this, shape, worth);

    /// <summary>The shape of what is made of two by repeating.</summary>
    public long[] Broadcast(params IReadOnlyList<long[]> shapes)
    {
        long[] result = new long[shapes.Max(shape => shape.Length)];
        for (int axis = 1; axis <= result.Length; axis++)
        {
            long[] lengths = [.. shapes.Where(shape => shape.Length >= axis).Select(shape => shape[^axis]).Where(length => length != 1)];
            result[^axis] = lengths.Length == 0 ? 1 : lengths[0];
            if (lengths.Any(length => length != lengths[0]))
            {
                throw Refused($"Its inputs of {string.Join(" and ", shapes.Select(shape => $"[{string.Join(", ", shape)}]"))} do not fit.");
            }
        }

        Spend(result);
        return result;
    }
}
