namespace TransferLearning;

/// <summary>One tensor that a GGUF file describes.</summary>
/// <param name="Name">Its name: <c>blk.0.attn_q.weight</c>.</param>
/// <param name="Type">ggml's name of its type, <c>Q8_0</c>; a number where it is not known.</param>
/// <param name="Shape">The size of each dimension in PyTorch's order, which is not the file's: rows first.</param>
/// <param name="Offset">Where its elements begin, in bytes from the beginning of the file.</param>
public sealed record GgufTensor(string Name, string Type, IReadOnlyList<long> Shape, long Offset)
{
    /// <summary>How many elements it has.</summary>
    public long Count => Shape.Aggregate(1L, (product, size) => product * size);
}
