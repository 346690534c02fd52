namespace TransferLearning;

/// <summary>Where a weight goes in a GGUF file.</summary>
/// <param name="Name">Its name there.</param>
/// <param name="IsTransposed">Whether it is stored [inputs, outputs] here, as GPT-2's.</param>
/// <param name="FirstRow">The first of its rows that the file has.</param>
internal sealed record GgufPlace(string Name, bool IsTransposed = false, int FirstRow = 0)
{
    /// <summary>The weight as the file has it: a view of it.</summary>
    public Tensor Of(Tensor weight)
        => IsTransposed && weight.dim() == 2 ? weight.t()
            : FirstRow > 0 ? weight.narrow(0, FirstRow, weight.size(0) - FirstRow)
            : weight.alias();

    /// <summary>How it is stored: vectors, positions and token types stay float32, as llama.cpp wants them.</summary>
    public GgmlType TypeOf(IReadOnlyList<long> shape, GgmlType type)
        => shape.Count < 2 || Name is "position_embd.weight" or "token_types.weight" ? GgmlType.F32
            : type == GgmlType.Q8 && shape[^1] % GgmlData.Block != 0 ? GgmlType.F16
            : type;
}
