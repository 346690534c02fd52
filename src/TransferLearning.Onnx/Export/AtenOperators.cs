namespace TransferLearning.Onnx;

/// <summary>LibTorch's operators in those of ONNX, one by one.</summary>
internal static class AtenOperators
{
    private static readonly Dictionary<string, Action<OperatorCall>> Known = new(
        [.. PointwiseOperators.All, .. ShapeOperators.All, .. IndexOperators.All, .. LayerOperators.All, .. ReductionOperators.All]);

    /// <summary>The operators that can be exported.</summary>
    public static IReadOnlyList<string> Names => [.. Known.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Adds an operator to a graph.</summary>
    /// <exception cref="NotSupportedException">It cannot be exported; the message lists those that can.</exception>
    public static void Translate(OnnxGraph graph, GraphNode node)
    {
        if (!Known.TryGetValue(node.Kind, out Action<OperatorCall>? translate))
        {
            throw new NotSupportedException(
                $"The network runs LibTorch's operator '{node.Kind}', which cannot be exported to ONNX; {string.Join(", ", Names)} can.");
        }

        translate(new OperatorCall(graph, node));
    }
}
