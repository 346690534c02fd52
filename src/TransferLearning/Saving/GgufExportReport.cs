namespace TransferLearning;

/// <summary>What <see cref="GgmlExportExtensions.ExportGguf"/> wrote.</summary>
/// <param name="Path">The file.</param>
/// <param name="Architecture">llama.cpp's name of the architecture: <c>gpt2</c>, <c>bert</c>.</param>
/// <param name="Tensors">How many tensors are stored in which type.</param>
/// <param name="Notes">What of the model is not in the file, and what llama.cpp computes otherwise.</param>
public sealed record GgufExportReport(
    string Path, string Architecture, IReadOnlyDictionary<GgmlType, int> Tensors, IReadOnlyList<string> Notes);
