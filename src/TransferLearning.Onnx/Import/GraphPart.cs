namespace TransferLearning.Onnx;

/// <summary>What a graph computes at one place, as far as it matters for weights: a layer, a place where paths meet, a ReLU, a
/// pooling.</summary>
/// <param name="Kind">The operator.</param>
/// <param name="Detail">What must be the same in another graph: shapes of weights, strides, groups.</param>
/// <param name="Inputs">What it takes.</param>
/// <param name="Node">The name of the node, for messages.</param>
internal sealed record GraphPart(string Kind, string Detail, IReadOnlyList<GraphPart> Inputs, string Node)
{
    /// <summary>The same for parts that compute the same from the input of the graph, but for the values of weights.</summary>
    public int Signature { get; init; }

    /// <summary>The name of the weight; null for none.</summary>
    public string? Weight { get; init; }

    /// <summary>Whether a matrix stands as [inputs, outputs].</summary>
    public bool IsTransposed { get; init; }

    /// <summary>The name of the bias.</summary>
    public string? Bias { get; set; }

    /// <summary>Factor, shift, mean and variance of the norm behind it.</summary>
    public IReadOnlyList<string>? Norm { get; set; }

    /// <summary>What its norm adds to the variance.</summary>
    public double Epsilon { get; set; }

    /// <summary>Sums and products of paths do not depend on their order.</summary>
    public bool IsCommutative => Kind is "Add" or "Mul" or "Sum";

    public override string ToString() => $"{Kind} {Detail}".TrimEnd();
}
