namespace TransferLearning.Onnx;

/// <summary>Knows the parts of a graph that have weights.</summary>
internal interface IGraphParts
{
    /// <summary>Whether there may be such a part.</summary>
    bool Knows(string kind, string detail, IReadOnlyList<RunValue> stored);

    /// <summary>A part was met.</summary>
    /// <returns>The one whose seed is to be used; null where it is none after all.</returns>
    /// <exception cref="GraphException">There must be one here, and it is another.</exception>
    GraphPart? Meet(GraphPart part, GraphRun run);
}
