namespace TransferLearning.Onnx;

/// <summary>What was written.</summary>
/// <param name="Files">The files: one, or an encoder and a decoder, each with the file of its weights where they lie beside it.</param>
/// <param name="Opset">The version of the operators.</param>
/// <param name="Operators">How many operators there are, by name.</param>
/// <param name="Notes">What a user of the file should know.</param>
public sealed record OnnxExportReport(
    IReadOnlyList<string> Files, int Opset, IReadOnlyDictionary<string, int> Operators, IReadOnlyList<string> Notes);
