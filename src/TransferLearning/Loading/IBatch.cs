namespace TransferLearning;

/// <summary>Some examples that go through a network together: a <see cref="Batch"/> of pictures, or of texts. Whoever takes it disposes it.</summary>
public interface IBatch : IDisposable
{
    /// <summary>How many examples there are.</summary>
    int Count { get; }

    /// <summary>Which samples of the data set these are, in the order of the rows.</summary>
    IReadOnlyList<int> Indices { get; }
}
