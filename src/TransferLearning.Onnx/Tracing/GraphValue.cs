namespace TransferLearning.Onnx;

/// <summary>A value of a network's graph, whatever the sizes of its inputs.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Type">LibTorch's name of its type: <c>Float</c>, <c>Long</c>, <c>int</c>, <c>int[]</c>, <c>NoneType</c>.</param>
/// <param name="Shape">Of a tensor, its shape; null for anything else.</param>
/// <param name="Constant">What it is where it is no tensor: a <see cref="Size"/>, a double, a bool, a string, a list of them, or null; for
/// a constant tensor, that.</param>
internal sealed record GraphValue(long Number, string Type, IReadOnlyList<Size>? Shape, object? Constant = null)
{
    /// <summary>The name of the type of tensors of this type, for messages and comparisons: whether it holds whole numbers.</summary>
    public bool IsWhole => Type is "Long" or "Int" or "Short" or "Char" or "Byte";

    /// <summary>The number of dimensions.</summary>
    public int Rank => Shape?.Count ?? throw new NotSupportedException($"LibTorch recorded no shape of value {Number} ({Type}).");
}
