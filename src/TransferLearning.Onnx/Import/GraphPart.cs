namespace TransferLearning.Onnx;

/// <summary>A place of a graph that takes weights: a layer, a norm, a sum with a vector.</summary>
/// <param name="Kind">What it computes.</param>
/// <param name="Detail">What must be the same in another graph: shapes of weights, strides, groups.</param>
/// <param name="Node">The first node of it.</param>
/// <param name="Sketch">What its values from the input of the network are.</param>
/// <param name="IsAtInput">Whether it takes the input of the network.</param>
internal sealed record GraphPart(string Kind, string Detail, NodeProto Node, PartSketch Sketch, bool IsAtInput)
{
    /// <summary>What draws the values that it gives here.</summary>
    public long Seed { get; init; }

    /// <summary>Its weights: matrix or kernel, and what else it takes that is not a bias or a norm.</summary>
    public IReadOnlyList<RunValue> Weights { get; init; } = [];

    /// <summary>The bias.</summary>
    public RunValue? Bias { get; init; }

    /// <summary>Factor, shift, mean and variance of its norm.</summary>
    public IReadOnlyList<RunValue>? Norm { get; init; }

    /// <summary>What its norm adds to the variance.</summary>
    public double Epsilon { get; init; }

    /// <summary>What it takes, kept for the last layer only.</summary>
    public Tensor? Input { get; init; }

    /// <summary>Without the number of outputs.</summary>
    public string DetailWithoutOutputs => Detail[Math.Max(0, Detail.IndexOf(',', StringComparison.Ordinal))..];

    public override string ToString() => $"{Kind} {Detail}".TrimEnd();
}
