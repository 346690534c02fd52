namespace TransferLearning.Onnx;

/// <summary>The parts of the catalogue's network, in its order.</summary>
/// <param name="final">The name of the last layer's weight.</param>
internal sealed class NetworkParts(string final) : IGraphParts, IDisposable
{
    private const int SeedsOfPart = 16;

    private readonly List<GraphPart> _all = [];

    public IReadOnlyList<GraphPart> All => _all;

    /// <summary>The last layer, with what it takes.</summary>
    public GraphPart? Final => _all.Find(IsFinal);

    public bool IsFinal(GraphPart part) => part.Weights is [{ Sources: [string name] }] && name == final;

    public bool Knows(string kind, string detail, IReadOnlyList<RunValue> stored) => stored.Any(value => value.Kind == RunValueKind.Weight);

    public GraphPart? Meet(GraphPart part, GraphRun run)
    {
        GraphPart added = part with { Seed = SeedsOfPart * (_all.Count + 1), Input = IsFinal(part) ? part.Input!.alias() : null };
        added.Input?.DetachFromDisposeScope();
        _all.Add(added);
        return added;
    }

    public void Dispose() => Final?.Input?.Dispose();
}
